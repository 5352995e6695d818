import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { Stock } from '../contract.ts';
import { stockOf } from '../domain/stock.ts';

type Row = { product_id: string; on_hand: number; reserved: number };

export async function findStock({ sql }: Reader, productId: string): Promise<Stock | undefined> {
  const [row] = await sql<Row>`
    select product_id, on_hand, reserved from stock where product_id = ${productId}`;
  return row && toStock(row);
}

/**
 * Holds the products until the transaction ends, so that two orders can't both win the last unit.
 * Always in order of their ids, so that two orders for the same products can't wait for each other.
 * Unknown products are missing from the answer.
 */
export async function lockStock(
  { sql }: Tx,
  productIds: Iterable<string>,
): Promise<ReadonlyMap<string, Stock>> {
  // `json_each` makes rows of an object on both databases, of an array only on one. The limit tells
  // PostgreSQL how few rows that makes; it would read the whole table for the hundred that it expects.
  const keys = Array.from(productIds, (id) => [id, null] as const);
  const rows = await sql<Row>`
    select product_id, on_hand, reserved from stock
    where product_id in
      (select key from json_each(${JSON.stringify(Object.fromEntries(keys))}) limit ${keys.length})
    order by product_id ${sql.forUpdate}`;
  return new Map(rows.map((row) => [row.product_id, toStock(row)]));
}

/** Writes locked stock back, in one statement however many products it is. */
export async function saveStock({ sql }: Tx, stocks: readonly Stock[]): Promise<void> {
  const byProduct = Object.fromEntries(stocks.map((stock) => [stock.productId, stock]));
  await sql`
    update stock set
      on_hand = cast(changed.value ->> 'onHand' as bigint),
      reserved = cast(changed.value ->> 'reserved' as bigint)
    from (select key, value from json_each(${JSON.stringify(byProduct)}) limit ${stocks.length})
      as changed
    where product_id = changed.key`;
}

/** Makes room for a product of which there is nothing yet. One that is known stays as it is. */
export async function insertStock({ sql }: Tx, productId: string): Promise<void> {
  await sql`
    insert into stock (product_id, on_hand, reserved) values (${productId}, 0, 0)
    on conflict (product_id) do nothing`;
}

function toStock({ product_id, on_hand, reserved }: Row): Stock {
  return stockOf(product_id, on_hand, reserved);
}
