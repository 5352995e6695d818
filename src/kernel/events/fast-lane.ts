import type { Clock } from '../ports/clock.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Sql, Store } from '../ports/store.ts';
import type { Write } from '../ports/work.ts';
import { traceOf } from './cloud-event.ts';
import { endEvent, storeDone } from './inbox-rows.ts';
import { moveLane } from './lane-rows.ts';
import type { Incoming } from './receive.ts';
import { commitAll, dataProblem, heard, type Subscribers, startRun } from './subscriptions.ts';

type Options = {
  readonly instance: string;
  readonly store: Store;
  readonly write: Write;
  readonly subscribers: Subscribers;
  readonly clock: Clock;
  readonly isAfterCrash: () => boolean;
};

/** Lets those events take effect that can at once; answers the others, in their order. */
export type FastLane = (incoming: readonly Incoming[]) => Promise<readonly Incoming[]>;

/**
 * On SQLite an event that comes in turn, and for which nothing has to be prepared, is received and
 * takes effect in one commit instead of two. This is an attempt only: what does not work out is
 * stored and then goes the usual way, which counts attempts. After a crash everything does, because
 * an event that kills the process must have been stored before, or it would do so for ever.
 */
export function createFastLane(options: Options): FastLane {
  const { store, isAfterCrash } = options;
  if (store.dialect !== 'sqlite') return async (incoming) => incoming;
  return async (incoming) => {
    if (isAfterCrash()) return incoming;
    // All are asked for at once, so that they share a commit; the store runs them in this order.
    const passed = await Promise.all(incoming.map((event) => pass(options, event)));
    return incoming.filter((_, nth) => !passed[nth]);
  };
}

async function pass(options: Options, incoming: Incoming): Promise<boolean> {
  const subscribers = options.subscribers.to(incoming.type);
  if (incoming.state === 'parked') return false;
  if (subscribers.length === 0) return passOver(options, incoming);
  if (subscribers.some(({ subscription }) => subscription.prepare)) return false;
  const event = JSON.parse(incoming.event) as CloudEvent;
  if (dataProblem(subscribers, event.data)) return false;
  const taken = options.write(traceOf(event), async (tx, { sql }) => {
    const { sequence } = incoming;
    if (!(await moveLane(sql, incoming, sequence - 1, sequence))) return false;
    await commitAll(startRun(subscribers), tx, heard(event), []);
    await recordDone(sql, incoming, options);
    return true;
  });
  // The usual way meets the same error, and records it.
  return taken.catch(() => false);
}

/** An event that nobody here subscribes to moves its lane on without a row. */
function passOver({ store }: Options, incoming: Incoming): Promise<boolean> {
  const { sequence } = incoming;
  return store
    .write(({ sql }) => moveLane(sql, incoming, sequence - 1, sequence))
    .catch(() => false);
}

async function recordDone(sql: Sql, incoming: Incoming, { instance, clock }: Options) {
  const isNew = await storeDone(sql, incoming, { owner: instance, receivedAt: clock.now() });
  if (!isNew) await endEvent(sql, incoming, 'done', null);
}
