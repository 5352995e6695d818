import type { NewEvent } from '../contract.ts';
import type { TraceContext } from '../ports/call-context.ts';
import type { CloudEvent, EventHistory } from '../ports/event-transport.ts';
import type { Sql, Store, StoreTx } from '../ports/store.ts';
import { type ModuleMigration, migration } from '../stores/migration.ts';
import { databaseClock, keyedTable, rowsOf } from '../stores/sql-words.ts';
import { toCloudEvent } from './cloud-event.ts';
import { placeRecorded } from './places.ts';

/**
 * Events are recorded in the transaction that made them, and leave after it. `position` is their place
 * among all that is committed: it is given later, under one lock, so that whoever reads on from a
 * position misses nothing that commits late. `published_at` is null until every subscriber has them.
 */
export const outboxMigrations: readonly ModuleMigration[] = [
  migration('kernel-0002-outbox', (dialect) => [
    `create table outbox_subjects (
      subject text primary key,
      sequence bigint not null
    ) ${keyedTable(dialect)}`,
    `create table outbox (
      number ${dialect === 'sqlite' ? 'integer' : 'bigint generated always as identity'} primary key,
      subject text not null,
      sequence bigint not null,
      event text not null,
      recorded_at bigint not null,
      attempts integer not null default 0,
      due_at bigint not null default 0,
      position bigint,
      published_at bigint,
      unique (subject, sequence)
    )`,
    'create index outbox_unpublished on outbox (attempts, number) where position is null',
    'create unique index outbox_published on outbox (position) where position is not null',
    'create table outbox_progress (position bigint not null)',
    'insert into outbox_progress (position) values (0)',
  ]),
  migration('kernel-0007-outbox-places', [
    'drop index outbox_unpublished',
    'create index outbox_unpublished on outbox (attempts, number) where published_at is null',
    'create index outbox_unplaced on outbox (number) where position is null',
  ]),
];

/** What the transaction knows that publishes. `nowIso` is its time, ISO 8601 UTC. */
export type EventCause = {
  readonly trace: TraceContext;
  readonly nowIso: string;
  newId(): string;
};

/** An event as its row holds it. */
export type Recorded = { readonly number: number; readonly event: string };

/**
 * Numbers the events and writes them with the transaction. Their subjects stay locked until it ends,
 * so that numbers have no gaps and commit in order; therefore call it once, as the last thing.
 * The data of the events must have been checked against their contract. Who brings them to the
 * transport itself leases them for `leaseMs`, so that no other instance does meanwhile.
 */
export async function appendEvents(
  { sql }: StoreTx,
  events: readonly NewEvent[],
  { trace, nowIso, newId }: EventCause,
  leaseMs = 0,
): Promise<readonly Recorded[]> {
  const [first, ...others] = events;
  if (!first) return [];
  const numbers =
    others.length === 0 ? await takeNumber(sql, first) : await takeNumbers(sql, events);
  const rows = events.map((event) => {
    const sequence = numbers.get(event.subject) as number;
    numbers.set(event.subject, sequence + 1);
    const whole = toCloudEvent(event, { id: newId(), sequence, time: nowIso, trace });
    return { subject: event.subject, sequence, event: JSON.stringify(whole) };
  });
  return await insertRows(sql, rows, { now: Date.parse(nowIso), leaseMs });
}

/** The next number of each subject. */
type Numbers = Map<string, number>;

/** Most transactions publish one event, and then plain statements are three times as fast. */
async function takeNumber(sql: Sql, { subject }: NewEvent): Promise<Numbers> {
  const [taken] = await sql<{ sequence: number }>`
    insert into outbox_subjects (subject, sequence) values (${subject}, 1)
    on conflict (subject) do update set sequence = outbox_subjects.sequence + 1
    returning sequence`;
  return new Map([[subject, taken?.sequence ?? 1]]);
}

/** Subjects are locked in their order, so that no two transactions wait for one another. */
async function takeNumbers(sql: Sql, events: readonly NewEvent[]): Promise<Numbers> {
  const counts = new Map<string, number>();
  for (const { subject } of events) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  const wanted = [...counts.keys()].sort().map((subject) => ({ subject, n: counts.get(subject) }));
  const taken = await sql<{ subject: string; sequence: number }>`
    insert into outbox_subjects (subject, sequence)
    select value->>'subject', cast(value->>'n' as bigint)
    from ${rowsOf(sql)}(${JSON.stringify(wanted)}) where true
    on conflict (subject) do update set sequence = outbox_subjects.sequence + excluded.sequence
    returning subject, sequence`;
  return new Map(
    taken.map(({ subject, sequence }) => [subject, sequence - (counts.get(subject) ?? 0) + 1]),
  );
}

type OutboxRow = { readonly subject: string; readonly sequence: number; readonly event: string };

type Recording = { readonly now: number; readonly leaseMs: number };

async function insertRows(
  sql: Sql,
  rows: readonly OutboxRow[],
  { now, leaseMs }: Recording,
): Promise<readonly Recorded[]> {
  const [row, ...more] = rows;
  if (row && more.length === 0) {
    return await sql<Recorded>`
      insert into outbox (subject, sequence, event, recorded_at, due_at)
      values (${row.subject}, ${row.sequence}, ${row.event}, ${now},
        ${databaseClock(sql)} + cast(${leaseMs} as bigint))
      returning number, event`;
  }
  const recorded = await sql<Recorded>`
    insert into outbox (subject, sequence, event, recorded_at, due_at)
    select value->>'subject', cast(value->>'sequence' as bigint), value->>'event',
      cast(${now} as bigint), ${databaseClock(sql)} + cast(${leaseMs} as bigint)
    from ${rowsOf(sql)}(${JSON.stringify(rows)})
    returning number, event`;
  return recorded.sort((a, b) => a.number - b.number);
}

type EventRow = { event: string };

/**
 * The owner's retained outbox: all that is committed, whether it has left or not. An event that has not
 * reached one of its subscribers keeps nobody from reading it, and what comes after it, here.
 */
export function createOutboxHistory(store: Store): EventHistory {
  const { sql } = store.reader;
  return {
    async ofSubject(subject, fromSequence, limit) {
      const rows = await sql<EventRow>`
        select event from outbox where subject = ${subject} and sequence >= ${fromSequence}
        order by sequence limit ${limit}`;
      return rows.map(parse);
    },

    async after(position, limit) {
      await placeRecorded(store, limit);
      const rows = await sql<EventRow & { position: number }>`
        select event, position from outbox where position > ${position}
        order by position limit ${limit}`;
      return { events: rows.map(parse), position: rows.at(-1)?.position ?? position };
    },
  };
}

/** Every event that the module has recorded and not yet pruned, published or not. */
export async function recordedEvents({ reader: { sql } }: Store): Promise<readonly CloudEvent[]> {
  const rows = await sql<EventRow>`select event from outbox order by number`;
  return rows.map(parse);
}

function parse({ event }: EventRow): CloudEvent {
  return JSON.parse(event) as CloudEvent;
}
