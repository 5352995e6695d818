import type { Sql } from '../ports/store.ts';
import { every, type Recurring } from '../schedules/schedule.ts';

const dayMs = 24 * 60 * 60 * 1000;

export type EventRetention = {
  /** A new subscriber starts from here, and one that was away so long misses nothing. */
  readonly outboxMs: number;
  /** What a person may still look up. Not what knows an event again: lanes do, for ever. */
  readonly inboxMs: number;
};

/** Two weeks: longer than a subscriber is down over holidays, and than the longest saga. */
export const defaultEventRetention: EventRetention = { outboxMs: 14 * dayMs, inboxMs: 15 * dayMs };

/** Rows a transaction: few enough that no command waits for a pruning. */
const rowsAtOnce = 500;

const everyMs = 60_000;

/**
 * Keeps outbox and inbox bounded. What is unpublished, waiting or parked stays, however old.
 * Throws a `TypeError` when inboxes would forget rows that outboxes can still replay.
 */
export function eventRetention({
  outboxMs,
  inboxMs,
} = defaultEventRetention): readonly Recurring[] {
  if (inboxMs < outboxMs) {
    throw new TypeError('Events must be kept in the inbox at least as long as in the outbox.');
  }
  return [
    every(everyMs, 'pruneOutbox', async ({ sql, now }) =>
      again(await pruneOutbox(sql, now - outboxMs)),
    ),
    every(everyMs, 'pruneInbox', async ({ sql, now }) =>
      again(await pruneInbox(sql, now - inboxMs)),
    ),
  ];
}

function again(pruned: number): 'again' | undefined {
  return pruned === rowsAtOnce ? 'again' : undefined;
}

async function pruneOutbox(sql: Sql, before: number): Promise<number> {
  const gone = await sql`
    delete from outbox where number in (
      select number from outbox where position is not null and published_at < ${before}
      order by position limit ${rowsAtOnce})
    returning number`;
  return gone.length;
}

async function pruneInbox(sql: Sql, before: number): Promise<number> {
  const gone = await sql`
    delete from inbox_events where id in (
      select id from inbox_events
      where state in ('done', 'skipped', 'discarded') and received_at < ${before}
      limit ${rowsAtOnce})
    returning id`;
  return gone.length;
}
