import type { TestContext } from 'node:test';

import type { EventTransport } from '#kernel/ports/event-transport';
import {
  freshPlace,
  type Listener,
  type ListenerOptions,
  openListener,
  openTeller,
  type Place,
  type Teller,
} from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import type { StoreUnderTest } from '#test/stores';

/** Parties that share a bus and a place; all that is still open is stopped with the test. */
export type Scene = {
  readonly place: Place;
  teller(options?: Partial<Parameters<typeof openTeller>[0]>): Promise<Teller>;
  /** Each has a store of its own by `name`; two of one name are instances of one subscriber. */
  listener(options?: Partial<ListenerOptions>): Promise<Listener>;
};

/** `connect` answers the transport of the next party. */
export async function openScene(
  t: TestContext,
  store: StoreUnderTest,
  connect: (party: 'teller' | 'listener') => EventTransport | Promise<EventTransport>,
): Promise<Scene> {
  const place = await freshPlace(store, fileEnd);
  const opened = new Set<{ stop(): Promise<void> }>();
  t.after(async () => {
    await Promise.all([...opened].map((party) => party.stop()));
  });
  /** A party may be stopped before the test ends, and then only once. */
  function closing<P extends { stop(): Promise<void> }>(party: P): P {
    opened.add(party);
    const stop = async () => {
      if (opened.delete(party)) await party.stop();
    };
    return { ...party, stop };
  }
  return {
    place,
    async teller(options = {}) {
      const transport = options.transport ?? (await connect('teller'));
      return closing(await openTeller({ place, relay: quickRelay, ...options, transport }));
    },
    async listener(options = {}) {
      const transport = options.transport ?? (await connect('listener'));
      const policy = { ...quickInbox, ...options.policy };
      return closing(await openListener({ place, ...options, transport, policy }));
    },
  };
}

const quickRelay = {
  pollMs: 200,
  retry: { firstDelayMs: 5, maxDelayMs: 50 },
  outage: { firstDelayMs: 5, maxDelayMs: 50 },
};

const quickInbox = {
  reconcileMs: 200,
  attempts: 50,
  firstDelayMs: 2,
  maxDelayMs: 20,
  aliveMs: 600,
};
