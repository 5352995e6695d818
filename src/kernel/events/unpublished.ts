import type { CloudEvent } from '../ports/event-transport.ts';
import type { Reader, Sql, Store } from '../ports/store.ts';
import { databaseClock, rowsOf } from '../stores/sql-words.ts';
import { lockPlaces } from './places.ts';

/** A committed event that is not marked as published. `attempts` counts the failed ones. */
export type Unpublished = {
  readonly number: number;
  readonly attempts: number;
  readonly event: CloudEvent;
};

export type Taking = {
  /** Takes events that have failed so many times. */
  readonly attempts: number;
  readonly limit: number;
  /** What this process has in hand already. */
  readonly held: ReadonlySet<number>;
  /** Where instances compete, on PostgreSQL: after so long another one may take them again. */
  readonly leaseMs: number;
};

/** Takes events that are due, oldest first. Instances that compete take different ones. */
export async function takeUnpublished(
  store: Store,
  taking: Taking,
): Promise<readonly Unpublished[]> {
  const { held, limit } = taking;
  const rows = await (store.dialect === 'postgres' ? lease(store, taking) : find(store, taking));
  return rows
    .filter(({ number }) => !held.has(number))
    .slice(0, limit)
    .map(parse);
}

type Row = { number: number; attempts: number; event: string };

async function find({ reader: { sql } }: Store, { attempts, limit, held }: Taking) {
  return await sql<Row>`
    select number, attempts, event from outbox
    where published_at is null and attempts = ${attempts} and due_at <= ${databaseClock(sql)}
    order by number limit ${limit + held.size}`;
}

async function lease(store: Store, { attempts, limit, leaseMs }: Taking) {
  const rows = await store.write(
    ({ sql }) => sql<Row>`
      update outbox set due_at = ${databaseClock(sql)} + ${leaseMs} where number in (
        select number from outbox
        where published_at is null and attempts = ${attempts} and due_at <= ${databaseClock(sql)}
        order by number limit ${limit} ${sql.skipLocked})
      returning number, attempts, event`,
  );
  return rows.sort((a, b) => a.number - b.number);
}

/** Gives back what was leased and not published: whoever looks next may take it. */
export async function giveBack(
  sql: Sql,
  events: readonly { readonly number: number }[],
): Promise<void> {
  const numbers = events.map(({ number }) => ({ number }));
  await lockPlaces(sql);
  await sql`
    update outbox set due_at = 0 from ${rowsOf(sql)}(${JSON.stringify(numbers)})
    where outbox.number = cast(value->>'number' as bigint) and outbox.published_at is null`;
}

function parse({ number, attempts, event }: Row): Unpublished {
  return { number, attempts, event: JSON.parse(event) as CloudEvent };
}

/** The fewest failed attempts among the events that have failed and are due again. */
export async function fewestFailures({ sql }: Reader): Promise<number | undefined> {
  const [row] = await sql<{ attempts: number }>`
    select attempts from outbox
    where published_at is null and attempts > 0 and due_at <= ${databaseClock(sql)}
    order by attempts limit 1`;
  return row?.attempts;
}

/** Counts a failed attempt for each event, and says when it is due again. */
export async function countFailures(
  sql: Sql,
  failed: readonly { readonly number: number; readonly delayMs: number }[],
): Promise<void> {
  await lockPlaces(sql);
  await sql`
    update outbox
    set attempts = attempts + 1,
      due_at = ${databaseClock(sql)} + cast(value->>'delayMs' as bigint)
    from ${rowsOf(sql)}(${JSON.stringify(failed)})
    where outbox.number = cast(value->>'number' as bigint)`;
}

/** Makes all events that have failed due now. What another instance has in hand may be published twice. */
export async function hasten(sql: Sql): Promise<void> {
  await lockPlaces(sql);
  await sql`update outbox set due_at = 0 where published_at is null and attempts > 0`;
}

export type OutboxLag = { readonly rows: number; readonly oldestMs: number };

/** How many events wait to be published, and for how long the oldest has. */
export async function outboxLag({ sql }: Reader, now: number): Promise<OutboxLag> {
  const [row] = await sql<{ waiting: number; oldest: number | null }>`
    select count(*) as waiting, min(recorded_at) as oldest from outbox where published_at is null`;
  return { rows: row?.waiting ?? 0, oldestMs: Math.max(0, now - (row?.oldest ?? now)) };
}
