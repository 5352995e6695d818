import type { Sql, Store } from '../ports/store.ts';
import { rowsOf } from '../stores/sql-words.ts';

/** Rows that are given a place in one transaction, beside those that it marks. */
const mostAtOnce = 1_000;

/** Rows that wait behind this lock are locked by nobody who holds it: so no two wait for one another. */
export async function lockPlaces(sql: Sql): Promise<number> {
  const [progress] = await sql<{ position: number }>`
    update outbox_progress set position = position returning position`;
  return progress?.position ?? 0;
}

/**
 * Gives recorded events their place, whether they have left or not, and marks those that have. Nobody
 * reads a place before all lower ones can be read. Those of a subject stand in their order: what was
 * recorded before the last of `published` gets its place too.
 */
export async function placePublished(
  sql: Sql,
  published: readonly { readonly number: number }[],
  now: number,
): Promise<void> {
  const numbers = published.map(({ number }) => number);
  const places = await place(sql, {
    upTo: Math.max(...numbers),
    limit: numbers.length + mostAtOnce,
    published: numbers,
    now,
  });
  const rest = numbers.filter((number) => !places.has(number));
  if (rest.length === 0) return;
  await sql`
    update outbox set published_at = ${now}
    where published_at is null and number in (
      select cast(value->>'number' as bigint) from ${rowsOf(sql)}(${listOf(rest)}))`;
}

/** Gives a place to what has been committed and has none yet: at least to the first `limit` of them. */
export async function placeRecorded(store: Store, limit: number): Promise<void> {
  const [unplaced] = await store.reader.sql`
    select number from outbox where position is null limit 1`;
  if (!unplaced) return;
  const upTo = Number.MAX_SAFE_INTEGER;
  await store.write(({ sql }) =>
    place(sql, { upTo, limit: Math.max(limit, mostAtOnce), published: [], now: 0 }),
  );
}

type Placing = {
  readonly upTo: number;
  readonly limit: number;
  readonly published: readonly number[];
  readonly now: number;
};

/** Answers the numbers of the events that got a place. */
async function place(sql: Sql, { upTo, limit, published, now }: Placing) {
  const before = await lockPlaces(sql);
  const placed = await sql<{ number: number }>`
    update outbox set position = cast(${before} as bigint) + places.nth,
      published_at = case when places.is_published then cast(${now} as bigint)
        else published_at end
    from (
      select number as of_number, row_number() over (order by number) as nth,
        number in (select cast(value->>'number' as bigint)
          from ${rowsOf(sql)}(${listOf(published)})) as is_published
      from outbox where position is null and number <= ${upTo}
      order by number limit ${limit}) places
    where outbox.number = places.of_number
    returning number`;
  await sql`update outbox_progress set position = position + ${placed.length}`;
  return new Set(placed.map(({ number }) => number));
}

function listOf(numbers: readonly number[]): string {
  return JSON.stringify(numbers.map((number) => ({ number })));
}
