import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';
import { entities } from '#kernel/stores/entities';

import type { PriceEntry, Product } from '../contract.ts';
import { PriceEntity } from './entities.ts';

type Row = { version: number; amount: number; currency: string; since: string };

/** Remembers the price that the product has from now on. */
export async function insertPrice(tx: Tx, product: Product): Promise<void> {
  const { id: productId, version, price, updatedAt: since } = product;
  const em = entities(tx);
  em.create(PriceEntity, { productId, version, since, ...price });
  await em.flush();
}

/** The newest prices before the one that came with version `before`. */
export async function findPrices(
  { sql }: Reader,
  productId: string,
  limit: number,
  before: number = Number.MAX_SAFE_INTEGER,
): Promise<readonly PriceEntry[]> {
  const rows = await sql<Row>`
    select version, amount, currency, since from prices
    where product_id = ${productId} and version < ${before} order by version desc limit ${limit}`;
  return rows.map(({ version, amount, currency, since }) => ({
    price: { amount, currency },
    since,
    version,
  }));
}
