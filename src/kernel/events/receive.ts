import type { Clock } from '../ports/clock.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Sql, Store } from '../ports/store.ts';
import { envelopeProblem, placeOfMalformed } from './cloud-event.ts';
import type { FastLane } from './fast-lane.ts';
import { type Arrival, storeArrivals } from './inbox-rows.ts';
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

/** An event on its way in. */
export type Incoming = Arrival & { readonly type: string };

export function createReceive(options: Options): ReceiveFrom {
  const { store, subscribers, fastLane, lanes, log, signal } = options;
  return async (source, batch) => {
    if (signal.aborted) throw new Error('The inbox has stopped: nothing was stored.');
    const incoming = batch.map((event) => incomingOf(source, event)).sort(byPlace);
    for (const { problem, id } of incoming) {
      if (problem) log.error({ source, eventId: id, problem }, 'an event was refused and parked');
    }
    const rest = await fastLane(incoming);
    const stored = rest.length > 0 ? await storeAll(options, source, rest) : new Set();
    for (const one of incoming) {
      if (stored.has(one)) lanes.ready({ source, subject: one.subject });
      else lanes.nudge({ source, subject: one.subject });
    }
  };

  async function storeAll(
    { instance, clock }: Options,
    source: string,
    incoming: readonly Incoming[],
  ): Promise<ReadonlySet<Incoming>> {
    return store.write(async ({ sql }) => {
      const rest = await passOver(sql, subscribers, incoming);
      await storeArrivals(sql, source, rest, { owner: instance, receivedAt: clock.now() });
      return new Set(rest);
    });
  }
}

function incomingOf(source: string, event: CloudEvent): Incoming {
  const text = JSON.stringify(event) ?? 'null';
  const problem = envelopeProblem(event, source);
  if (problem) {
    const place = placeOfMalformed(text);
    const why = JSON.stringify(problem);
    return { source, ...place, type: '', event: text, state: 'parked', problem: why };
  }
  const { subject, sequence, id, type } = event;
  return { source, subject, sequence, id, type, event: text, state: 'waiting', problem: null };
}

/**
 * Events that nobody here subscribes to move their lane on as they come, without a row. Those out of
 * turn are stored like the others. Answers what is left to store.
 */
async function passOver(
  sql: Sql,
  subscribers: Subscribers,
  arrivals: readonly Incoming[],
): Promise<readonly Incoming[]> {
  const rest: Incoming[] = [];
  for (const arrival of arrivals) {
    const { sequence, state, type } = arrival;
    const isIdle = state === 'waiting' && subscribers.to(type).length === 0;
    if (isIdle && (await moveLane(sql, arrival, sequence - 1, sequence))) continue;
    rest.push(arrival);
  }
  return rest;
}

function byPlace(a: Arrival, b: Arrival): number {
  if (a.subject !== b.subject) return a.subject < b.subject ? -1 : 1;
  return a.sequence - b.sequence;
}
