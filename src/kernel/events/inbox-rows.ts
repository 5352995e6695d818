import type { InboxState, Problem } from '../ports/operator.ts';
import type { Reader, Sql } from '../ports/store.ts';
import { databaseClock, rowsOf } from '../stores/sql-words.ts';
import type { Lane } from './lane-rows.ts';

/** An event on its way into the inbox, as its own text. */
export type Arrival = Lane & {
  readonly sequence: number;
  readonly id: string;
  readonly event: string;
  readonly state: 'waiting' | 'parked';
  readonly problem: string | null;
};

/** Who received it, and when. */
export type Receipt = { readonly owner: string; readonly receivedAt: number };

/**
 * Stores what is new: not what a lane has passed, even if its row is gone by now, nor what is here.
 * Sort arrivals by lane and sequence, so that two batches never wait for one another.
 */
export async function storeArrivals(
  sql: Sql,
  source: string,
  arrivals: readonly Arrival[],
  { owner, receivedAt }: Receipt,
): Promise<void> {
  if (arrivals.length === 0) return;
  await sql`
    insert into inbox_events
      (source, subject, sequence, id, event, state, problem, owner, received_at, due_at)
    select cast(${source} as text), value->>'subject', cast(value->>'sequence' as bigint),
      value->>'id', value->>'event', value->>'state', value->>'problem',
      cast(${owner} as text), cast(${receivedAt} as bigint), 0
    from ${rowsOf(sql)}(${JSON.stringify(arrivals)})
    left join inbox_lanes l on l.source = ${source} and l.subject = value->>'subject'
    where coalesce(l.sequence, 0) < cast(value->>'sequence' as bigint)
    on conflict do nothing`;
}

/** Stores an event that takes effect in this very transaction; false when it is here already. */
export async function storeDone(
  sql: Sql,
  { source, subject, sequence, id, event }: Arrival,
  { owner, receivedAt }: Receipt,
): Promise<boolean> {
  const stored = await sql`
    insert into inbox_events
      (source, subject, sequence, id, event, state, owner, received_at, due_at)
    values (${source}, ${subject}, ${sequence}, ${id}, ${event}, 'done', ${owner}, ${receivedAt}, 0)
    on conflict do nothing returning sequence`;
  return stored.length === 1;
}

type Numbered = { readonly subject: string; readonly sequence: number };

/** Which of these events the inbox has neither passed nor stored. */
export async function unknownAmong<E extends Numbered>(
  { sql }: Reader,
  source: string,
  events: readonly E[],
): Promise<readonly E[]> {
  const keys = events.map(({ subject, sequence }, index) => ({ subject, sequence, index }));
  const rows = await sql<{ nth: number }>`
    select cast(value->>'index' as bigint) as nth
    from ${rowsOf(sql)}(${JSON.stringify(keys)})
    left join inbox_lanes l on l.source = ${source} and l.subject = value->>'subject'
    where coalesce(l.sequence, 0) < cast(value->>'sequence' as bigint)
      and not exists (select 1 from inbox_events e where e.source = ${source}
        and e.subject = value->>'subject'
        and e.sequence = cast(value->>'sequence' as bigint))`;
  return rows.map(({ nth }) => events[nth] as E);
}

/** One event in the inbox. */
export type Place = Lane & { readonly sequence: number };

/** Ends an event: its lane has moved past it in the same transaction. */
export async function endEvent(
  sql: Sql,
  { source, subject, sequence }: Place,
  state: Exclude<InboxState, 'waiting' | 'parked'>,
  problem: Problem | null,
): Promise<void> {
  await sql`
    update inbox_events set state = ${state}, problem = ${problem && JSON.stringify(problem)}
    where source = ${source} and subject = ${subject} and sequence = ${sequence}`;
}

/** What was known of an event when work on it began: who has acted on it since changes nothing. */
export type Seen = Place & { readonly attempts: number; readonly owner: string };

/** Owns what an instance gave back when it stopped. */
export const nobody = '';

/** Takes over an event whose owner has died, and counts the attempt before it is made. */
export async function adoptEvent(
  sql: Sql,
  { source, subject, sequence, attempts, owner }: Seen,
  newOwner: string,
): Promise<boolean> {
  const adopted = await sql`
    update inbox_events set owner = ${newOwner}, attempts = attempts + ${owner === nobody ? 0 : 1}
    where source = ${source} and subject = ${subject} and sequence = ${sequence}
      and state = 'waiting' and attempts = ${attempts} and owner = ${owner}
    returning sequence`;
  return adopted.length === 1;
}

/** Records a failed attempt and when the next one is due, in ms from now; never, when it is parked. */
export async function recordFailure(
  sql: Sql,
  { source, subject, sequence, attempts, owner }: Seen,
  failed: {
    readonly attempts: number;
    readonly delayMs: number | 'parked';
    readonly problem: Problem;
  },
): Promise<void> {
  const isParked = failed.delayMs === 'parked';
  const delayMs = isParked ? 0 : failed.delayMs;
  await sql`
    update inbox_events
    set attempts = ${failed.attempts}, problem = ${JSON.stringify(failed.problem)},
      state = ${isParked ? 'parked' : 'waiting'},
      due_at = ${databaseClock(sql)} + cast(${delayMs} as bigint)
    where source = ${source} and subject = ${subject} and sequence = ${sequence}
      and state = 'waiting' and attempts = ${attempts} and owner = ${owner}`;
}
