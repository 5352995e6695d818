import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { ClientEvent } from '../contract.ts';

export type Visit = Omit<ClientEvent, 'at'> & {
  readonly at: number;
  readonly customer: string | null;
};

/** False when it was told before. */
export async function insertVisit({ sql }: Tx, visit: Visit): Promise<boolean> {
  const { id, name, sessionId, customer, productId = null, path = null, at } = visit;
  const inserted = await sql`
    insert into visits (id, name, session_id, customer, product_id, path, at)
    values (${id}, ${name}, ${sessionId}, ${customer}, ${productId}, ${path}, ${at})
    on conflict do nothing returning id`;
  return inserted.length > 0;
}

type Row = {
  id: string;
  name: ClientEvent['name'];
  session_id: string;
  product_id: string | null;
  path: string | null;
  at: number;
};

/** In the order of their ids, after the visit `after`. */
export async function visitsOf(
  { sql }: Reader,
  customer: string,
  after: string,
  limit: number,
): Promise<readonly ClientEvent[]> {
  const rows = await sql<Row>`
    select * from visits where customer = ${customer} and id > ${after} order by id limit ${limit}`;
  return rows.map(({ id, name, session_id, product_id, path, at }) => ({
    id,
    name,
    sessionId: session_id,
    at: new Date(Number(at)).toISOString(),
    ...(product_id === null ? {} : { productId: product_id }),
    ...(path === null ? {} : { path }),
  }));
}

/** What they did stays counted; that they did it is forgotten. */
export async function forgetVisitor({ sql }: Tx, customer: string): Promise<void> {
  await sql`update visits set customer = null where customer = ${customer}`;
}

/** The time before which there are visits beyond the latest `most`; 0 where there are no more. */
export async function tooManyFrom({ sql }: Reader, most: number): Promise<number> {
  const [row] = await sql<{ at: number }>`
    select at from visits order by at desc limit 1 offset ${most}`;
  return row ? Number(row.at) + 1 : 0;
}

export async function pruneVisits({ sql }: Tx, before: number, limit: number): Promise<number> {
  const gone = await sql`
    delete from visits where id in (select id from visits where at < ${before} limit ${limit})
    returning id`;
  return gone.length;
}
