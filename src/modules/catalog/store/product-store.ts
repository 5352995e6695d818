import { UniqueConstraintViolationException } from '@mikro-orm/core';

import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';
import { entities } from '#kernel/stores/entities';

import { catalog, type Product, type ProductSnapshot } from '../contract.ts';
import { wordsOf } from '../domain/search-words.ts';
import { ProductEntity } from './entities.ts';
import { type ProductRow, productColumns, toProduct } from './product-row.ts';

export async function findProduct({ sql }: Reader, id: string): Promise<Product | undefined> {
  const [row] = await sql<ProductRow>`select ${productColumns} from products where id = ${id}`;
  return row && toProduct(row);
}

type SnapshotRow = Pick<
  ProductRow,
  'id' | 'sku' | 'name' | 'price_amount' | 'price_currency' | 'version'
>;

/** Those of the products that there are. */
export async function findSnapshots(
  { sql }: Reader,
  ids: readonly string[],
): Promise<ProductSnapshot[]> {
  // `json_each` makes rows of an object on both databases, of an array only on one. The limit tells
  // PostgreSQL how few rows that makes; it would read the whole table for the hundred that it expects.
  const keys = JSON.stringify(Object.fromEntries(ids.map((id) => [id, null])));
  const rows = await sql<SnapshotRow>`
    select id, sku, name, price_amount, price_currency, version from products
    where id in (select key from json_each(${keys}) limit ${ids.length})`;
  return rows.map(({ price_amount: amount, price_currency: currency, ...rest }) => ({
    ...rest,
    price: { amount, currency },
  }));
}

/** Holds the product until the transaction ends: of two who change one version, one comes second. */
export async function lockProduct({ sql }: Tx, id: string): Promise<Product | undefined> {
  const [row] = await sql<ProductRow>`
    select ${productColumns} from products where id = ${id} ${sql.forUpdate}`;
  return row && toProduct(row);
}

/** Throws `skuTaken`: asking first would still lose the race of two who want one sku. */
export async function insertProduct(tx: Tx, product: Product): Promise<void> {
  const em = entities(tx);
  const { id, sku, createdAt, version } = product;
  em.create(ProductEntity, { id, sku, createdAt, version, ...columnsOf(product) });
  try {
    await em.flush();
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw catalog.errors.skuTaken({ sku });
    throw error;
  }
}

/** Writes a locked product back. The entity counts its version itself, and refuses a stale one. */
export async function saveProduct(tx: Tx, product: Product): Promise<void> {
  const em = entities(tx);
  const entity = await em.findOneOrFail(ProductEntity, { id: product.id });
  em.assign(entity, columnsOf(product));
  await em.flush();
}

/** What a change may touch, and what follows from it. */
function columnsOf({ sku, name, description, price, metadata, imageIds, updatedAt }: Product) {
  return {
    name,
    description,
    priceAmount: price.amount,
    priceCurrency: price.currency,
    metadata: JSON.stringify(metadata),
    imageIds: JSON.stringify(imageIds),
    words: wordsOf(`${sku} ${name} ${description}`).join(' '),
    updatedAt,
  };
}
