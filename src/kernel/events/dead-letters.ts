import type { Clock } from '../ports/clock.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { EventsOperator, InboxEntry, InboxState, Problem } from '../ports/operator.ts';
import type { Sql, Store } from '../ports/store.ts';
import { rowsOf } from '../stores/sql-words.ts';
import { type Lane, moveLane, releaseLanes } from './lane-rows.ts';
import type { Lanes } from './lanes.ts';
import { outboxLag } from './unpublished.ts';

type Options = {
  /** Runs what is redriven, and counts for it when that ends the process. */
  readonly instance: string;
  readonly store: Store;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly log: Logger;
};

/** What of a module's events the inbox can tell, and let be mended. */
export type InboxOperator = Omit<EventsOperator, 'sinceLookMs'>;

/**
 * What operators see and mend. Only parked events can be redriven or discarded, so pressing twice
 * changes nothing the second time.
 */
export function createInboxOperator({
  instance,
  store,
  lanes,
  clock,
  log,
}: Options): InboxOperator {
  const { sql } = store.reader;
  return {
    async list({ state, limit }) {
      const states = state ? [state] : allStates;
      const lists = await Promise.all(states.map((one) => newest(sql, one, limit)));
      return lists
        .flat()
        .sort((a, b) => b.received_at - a.received_at)
        .slice(0, limit)
        .map(toEntry);
    },

    async show(eventId) {
      const [row] = await sql<Row>`
        select id, event, state, attempts, due_at, received_at, problem
        from inbox_events where id = ${eventId}`;
      return row && toEntry(row);
    },

    async redrive(eventIds) {
      const mended = await store.write(({ sql }) => redrive(sql, eventIds, instance));
      if (mended.length > 0) log.info({ events: mended.length }, 'parked events were redriven');
      for (const lane of mended) lanes.ready(lane);
      return mended.length;
    },

    async discard(eventIds) {
      const mended = await store.write(({ sql }) => discard(sql, eventIds));
      if (mended.length > 0) log.info({ events: mended.length }, 'parked events were discarded');
      for (const lane of mended) lanes.ready(lane);
      return mended.length;
    },

    async lag() {
      const now = clock.now();
      const [outbox, inbox] = await Promise.all([outboxLag(store.reader, now), inboxLag(sql, now)]);
      return { outbox, inbox };
    },
  };
}

const allStates: readonly InboxState[] = ['waiting', 'parked', 'skipped', 'discarded', 'done'];

type Row = {
  id: string;
  event: string;
  state: InboxState;
  attempts: number;
  due_at: number | null;
  received_at: number;
  problem: string | null;
};

async function newest(sql: Sql, state: InboxState, limit: number): Promise<Row[]> {
  return await sql<Row>`
    select id, event, state, attempts, due_at, received_at, problem
    from inbox_events where state = ${state} order by received_at desc limit ${limit}`;
}

function toEntry({ event, state, attempts, due_at, received_at, problem }: Row): InboxEntry {
  const isTried = state === 'waiting' && attempts > 0 && due_at !== null;
  return {
    event: JSON.parse(event) as CloudEvent,
    state,
    attempts,
    nextAttemptAt: isTried ? new Date(due_at).toISOString() : null,
    receivedAt: new Date(received_at).toISOString(),
    problem: problem === null ? null : (JSON.parse(problem) as Problem),
  };
}

/** With attempts from the start; its last problem stays to be seen until it is done. */
async function redrive(
  sql: Sql,
  ids: readonly string[] | 'all',
  owner: string,
): Promise<readonly Lane[]> {
  const lanes =
    ids === 'all'
      ? await sql<Lane>`
          update inbox_events set state = 'waiting', attempts = 0, due_at = 0, owner = ${owner}
          where state = 'parked' returning source, subject`
      : await sql<Lane>`
          update inbox_events set state = 'waiting', attempts = 0, due_at = 0, owner = ${owner}
          where state = 'parked' and id in (
            select value->>'id' from ${rowsOf(sql)}(${listOf(ids)}))
          returning source, subject`;
  await releaseLanes(sql);
  return lanes;
}

async function discard(sql: Sql, ids: readonly string[]): Promise<readonly Lane[]> {
  const discarded = await sql<Lane & { sequence: number }>`
    update inbox_events set state = 'discarded'
    where state = 'parked' and id in (select value->>'id' from ${rowsOf(sql)}(${listOf(ids)}))
    returning source, subject, sequence`;
  for (const { sequence, ...lane } of discarded) await moveLane(sql, lane, sequence - 1, sequence);
  await releaseLanes(sql);
  return discarded;
}

function listOf(ids: readonly string[]): string {
  return JSON.stringify(ids.map((id) => ({ id })));
}

async function inboxLag(sql: Sql, now: number) {
  const rows = await sql<{ state: string; events: number; oldest: number }>`
    select state, count(*) as events, min(received_at) as oldest
    from inbox_events where state in ('waiting', 'parked') group by state`;
  const oldest = Math.min(now, ...rows.map((row) => row.oldest));
  return {
    rows: rows.reduce((sum, { events }) => sum + events, 0),
    oldestMs: now - oldest,
    parked: rows.find(({ state }) => state === 'parked')?.events ?? 0,
  };
}
