import type { Reader } from '../ports/store.ts';

/**
 * Removes sagas that ended before `before` (milliseconds), at most `limit`; answers how many. Keep
 * them longer than whatever may start them again, a redriven event or a repeated command: without its
 * row a saga is new. Those that wait for a person are never removed.
 */
export async function pruneSagas({ sql }: Reader, before: number, limit: number): Promise<number> {
  const gone = await sql`
    delete from sagas where (id, name) in (
      select id, name from sagas where ended_at is not null and ended_at < ${before}
      order by ended_at limit ${limit})
    returning id`;
  return gone.length;
}
