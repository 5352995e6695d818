import { setTimeout as delay } from 'node:timers/promises';

import type { CloudEvent, EventTransport, Receive } from '#kernel/ports/event-transport';

/** What a transport may do to events, and what it must not. */
export type Manner = (batch: readonly CloudEvent[], deliver: Receive) => Promise<void>;

/** A transport with bad manners. */
export function unruly(transport: EventTransport, manner: Manner): EventTransport {
  return {
    ...transport,
    name: `unruly ${transport.name}`,
    publish: (source, batch) => manner(batch, (some) => transport.publish(source, some)),
  };
}

/** Brings everything twice, at the same time, and once more later. Allowed. */
export const duplicates: Manner = async (batch, deliver) => {
  await Promise.all([deliver(batch), deliver([...batch].reverse())]);
  setTimeout(() => deliver(batch).catch(() => undefined), 30).unref();
};

/** Brings each event by itself, the last first, with pauses. Allowed: it resolves when all are there. */
export const reorders: Manner = async (batch, deliver) => {
  const late = [...batch].reverse().map(async (event, nth) => {
    await delay((nth * 7) % 40);
    await deliver([event]);
  });
  await Promise.all(late);
};

/** Now and then stores a batch and says that it did not. Allowed. */
export function doubts(): Manner {
  let nth = 0;
  return async (batch, deliver) => {
    await deliver(batch);
    nth += 1;
    if (nth % 3 === 0) throw new Error('the confirmation was lost');
  };
}

/** Forgets every third event and says nothing. No transport may do this. */
export function forgets(): Manner {
  let nth = 0;
  return async (batch, deliver) => {
    await deliver(batch.filter(() => ++nth % 3 !== 0));
  };
}
