import type { Clock } from '../ports/clock.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Sql, Store } from '../ports/store.ts';
import type { FastLane } from './fast-lane.ts';
import { storeArrivals } from './inbox-rows.ts';
import { type Incoming, incomingOf } from './incoming.ts';
import { moveLane } from './lane-rows.ts';
import type { Lanes } from './lanes.ts';
import type { Subscribers } from './subscriptions.ts';

type Options = {
  readonly instance: string;
  readonly store: Store;
  readonly subscribers: Subscribers;
  readonly fastLane: FastLane;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the inbox stops. */
  readonly signal: AbortSignal;
};

/** Stores a batch durably, then resolves: that is the acknowledgement. */
export type ReceiveFrom = (source: string, batch: readonly CloudEvent[]) => Promise<void>;

export function createReceive(options: Options): ReceiveFrom {
  const { fastLane, lanes, log, signal } = options;
  return async (source, batch) => {
    if (signal.aborted) throw new Error('The inbox has stopped: nothing was stored.');
    const incoming = incomingOf(source, batch);
    for (const { problem, id } of incoming) {
      if (problem) log.error({ source, eventId: id, problem }, 'an event was refused and parked');
    }
    const stored = await storeAll(options, source, await fastLane(incoming));
    for (const one of incoming) {
      const lane = { source, subject: one.subject };
      if (stored.has(one)) lanes.ready(lane);
      else lanes.nudge(lane);
    }
  };
}

/** Answers what has been stored to wait for its turn. */
async function storeAll(
  { store, subscribers, instance, clock }: Options,
  source: string,
  incoming: readonly Incoming[],
): Promise<ReadonlySet<Incoming>> {
  if (incoming.length === 0) return new Set();
  return store.write(async ({ sql }) => {
    const rest = await passOver(sql, subscribers, incoming);
    await storeArrivals(sql, source, rest, { owner: instance, receivedAt: clock.now() });
    return new Set(rest);
  });
}

/**
 * Events that nobody here subscribes to move their lane on as they come, without a row. Those out of
 * turn are stored like the others. Answers what is left to store.
 */
async function passOver(
  sql: Sql,
  subscribers: Subscribers,
  incoming: readonly Incoming[],
): Promise<readonly Incoming[]> {
  const rest: Incoming[] = [];
  for (const event of incoming) {
    const { sequence, state, type } = event;
    const isIdle = state === 'waiting' && subscribers.to(type).length === 0;
    if (isIdle && (await moveLane(sql, event, sequence - 1, sequence))) continue;
    rest.push(event);
  }
  return rest;
}
