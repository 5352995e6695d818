import type { Reader, Sql } from '../ports/store.ts';
import { databaseClock } from '../stores/sql-words.ts';

/** The events of one subject of one source: they take effect one after another. */
export type Lane = { readonly source: string; readonly subject: string };

/**
 * Moves a lane on; false when it no longer stands at `from`. This is the fence that makes effects
 * happen once: it holds the lane until the transaction ends, and who comes second changes nothing.
 */
export async function moveLane(
  sql: Sql,
  { source, subject }: Lane,
  from: number,
  to: number,
): Promise<boolean> {
  const moved =
    from === 0
      ? await sql`
          insert into inbox_lanes (source, subject, sequence) values (${source}, ${subject}, ${to})
          on conflict do nothing returning sequence`
      : await sql`
          update inbox_lanes set sequence = ${to}
          where source = ${source} and subject = ${subject} and sequence = ${from}
          returning sequence`;
  return moved.length === 1;
}

/** What stands in a lane behind the event that it has passed last, in order. */
export type LaneRow = {
  readonly sequence: number;
  readonly id: string;
  readonly event: string;
  readonly state: 'waiting' | 'parked';
  readonly attempts: number;
  /** By the database's clock; null behind a parked event. */
  readonly due_at: number | null;
  readonly owner: string;
  /** Whether the instance that received it is known to run. */
  readonly owner_alive: boolean | number;
  readonly received_at: number;
  readonly passed: number;
  /** The database's clock. */
  readonly now: number;
};

export async function headOfLane(
  { sql }: Reader,
  { source, subject }: Lane,
  limit: number,
): Promise<readonly LaneRow[]> {
  return await sql<LaneRow>`
    select e.sequence, e.id, e.event, e.state, e.attempts, e.due_at, e.owner, e.received_at,
      coalesce((select l.sequence from inbox_lanes l
        where l.source = ${source} and l.subject = ${subject}), 0) as passed,
      exists (select 1 from inbox_workers w
        where w.id = e.owner and w.alive_until > ${databaseClock(sql)}) as owner_alive,
      ${databaseClock(sql)} as now
    from inbox_events e
    where e.source = ${source} and e.subject = ${subject}
      and e.state in ('waiting', 'parked')
      and e.sequence > coalesce((select l.sequence from inbox_lanes l
        where l.source = ${source} and l.subject = ${subject}), 0)
    order by e.sequence limit ${limit}`;
}

export type DueLane = Lane & {
  /** The lane has passed this event by another way: there is nothing left to do for it. */
  readonly is_passed: boolean | number;
};

/**
 * Lanes with an event that is due and has no other living owner, at most `limit` rows of them. What
 * stands behind a parked event, or behind one that waits for its next try, is not due.
 */
export async function lanesDue(
  { sql }: Reader,
  owner: string,
  limit: number,
): Promise<readonly DueLane[]> {
  return await sql<DueLane>`
    select e.source, e.subject, e.sequence <= coalesce(l.sequence, 0) as is_passed
    from inbox_events e
    left join inbox_lanes l on l.source = e.source and l.subject = e.subject
    left join inbox_events head on head.source = e.source and head.subject = e.subject
      and head.sequence = coalesce(l.sequence, 0) + 1 and head.sequence < e.sequence
    where (head.state is null or head.state not in ('waiting', 'parked')
        or (head.state = 'waiting' and head.due_at <= ${databaseClock(sql)}))
      and e.state = 'waiting' and e.due_at <= ${databaseClock(sql)}
      and (e.owner = ${owner} or not exists (select 1 from inbox_workers w
        where w.id = e.owner and w.alive_until > ${databaseClock(sql)}))
    order by e.due_at limit ${limit}`;
}

/** Lets the lane's waiting events rest for `delayMs`, so that nobody looks at them in vain. */
export async function restLane(sql: Sql, lane: Lane, delayMs: number): Promise<void> {
  await sql`
    update inbox_events set due_at = ${databaseClock(sql)} + cast(${delayMs} as bigint)
    where source = ${lane.source} and subject = ${lane.subject} and state = 'waiting'`;
}

/** The lane's waiting events stand behind a parked one, until a person has dealt with that. */
export async function holdLane(sql: Sql, { source, subject }: Lane): Promise<void> {
  await sql`
    update inbox_events set due_at = null
    where source = ${source} and subject = ${subject} and state = 'waiting' and due_at is not null
      and exists (select 1 from inbox_events p
        where p.source = ${source} and p.subject = ${subject} and p.state = 'parked')`;
}

/** Events that no longer stand behind a parked one are due. */
export async function releaseLanes(sql: Sql): Promise<void> {
  await sql`
    update inbox_events set due_at = 0
    where state = 'waiting' and due_at is null and not exists (select 1 from inbox_events p
      where p.source = inbox_events.source and p.subject = inbox_events.subject
        and p.state = 'parked')`;
}

/** Ends waiting events that their lane has passed: two copies of an event may come at the same time. */
export async function tidyLane(sql: Sql, { source, subject }: Lane): Promise<void> {
  await sql`
    update inbox_events set state = 'done', due_at = null
    where source = ${source} and subject = ${subject} and state = 'waiting'
      and sequence <= (select l.sequence from inbox_lanes l
        where l.source = ${source} and l.subject = ${subject})`;
}
