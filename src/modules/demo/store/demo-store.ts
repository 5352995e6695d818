import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

/** True for the first who asks, in the life of the shop. */
export async function beginLook({ sql }: Tx): Promise<boolean> {
  const begun = await sql`insert into looks (id) values (1) on conflict do nothing returning id`;
  return begun.length > 0;
}

export async function saveLook({ sql }: Tx, wasEmpty: boolean): Promise<void> {
  await sql`update looks set was_empty = ${wasEmpty} where id = 1`;
}

/** Undefined before anybody looked; null while looking. */
export async function findLook({ sql }: Reader): Promise<boolean | null | undefined> {
  const [row] = await sql<{ was_empty: boolean | number | null }>`select was_empty from looks`;
  if (!row) return undefined;
  return row.was_empty === null ? null : Boolean(row.was_empty);
}

export async function insertGood({ sql }: Tx, sku: string): Promise<void> {
  await sql`insert into goods (sku) values (${sku}) on conflict do nothing`;
}

export async function saveProduct({ sql }: Tx, sku: string, productId: string): Promise<void> {
  await sql`update goods set product_id = ${productId} where sku = ${sku}`;
}

export async function countGoods({ sql }: Reader): Promise<{ shelved: number; all: number }> {
  const [row] = await sql<{ shelved: number; total: number }>`
    select count(product_id) as shelved, count(*) as total from goods`;
  return { shelved: Number(row?.shelved), all: Number(row?.total) };
}
