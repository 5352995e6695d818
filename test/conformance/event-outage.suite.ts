import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { EventTransport, Receive } from '#kernel/ports/event-transport';
import type { Line, Teller } from '#test/event-parties';
import { openScene, type Scene } from '#test/event-scene';
import type { StoreUnderTest } from '#test/stores';
import { until } from '#test/until';

import type { BrokerBus } from './event-broker.suite.ts';
import { heardAll, tellMuch } from './event-effects.suite.ts';

/** The broker of a bus that may also lose all that it holds. */
export type ForgetfulBus = BrokerBus & { readonly broker: { forget(): Promise<void> } };

type Outage = {
  readonly name: string;
  holds(scene: Scene, bus: ForgetfulBus, deliveries: Deliveries): Promise<void>;
};

/**
 * Runs, end to end and on a real store, what must hold when the broker between two modules fails:
 * nothing is lost, nothing takes effect twice, and nobody is held up who only writes.
 */
export function checkBrokerOutages(
  name: string,
  store: StoreUnderTest,
  open: () => Promise<ForgetfulBus>,
): void {
  for (const outage of outages) {
    test(`${name}, ${store.name}: ${outage.name}`, async (t) => {
      const bus = await open();
      t.after(() => bus.close());
      const deliveries = createDeliveries();
      const connect = async (party: 'teller' | 'listener') => {
        const transport = await bus.connect();
        return party === 'teller' ? transport : deliveries.of(transport);
      };
      await outage.holds(await openScene(t, store, connect), bus, deliveries);
    });
  }
}

const outages: readonly Outage[] = [
  {
    name: 'the broker is killed twice while stories are told: all is heard once, in order',
    async holds(scene, { broker }) {
      const [teller, listener] = [await scene.teller(), await scene.listener()];
      const telling = startTelling(teller);
      for (let round = 0; round < 2; round += 1) {
        await until(async () => (await listener.notes()).length > round * 30, { what: 'a start' });
        await broker.kill();
        await toldMeanwhile(telling);
        await broker.start();
        await drained(teller, inFlight);
      }
      await heardAll(listener, await telling.stop());
    },
  },
  {
    name: 'the broker hangs while stories are told: all is heard once, in order',
    async holds(scene, { broker }) {
      const [teller, listener] = [await scene.teller(), await scene.listener()];
      const telling = startTelling(teller);
      await until(async () => (await listener.notes()).length > 10, { what: 'a start' });
      broker.pause();
      await toldMeanwhile(telling);
      broker.resume();
      const told = await telling.stop();
      await drained(teller);
      await heardAll(listener, told);
    },
  },
  {
    name: 'the broker is not there when both start: stories are told, and heard when it is',
    async holds(scene, { broker }) {
      await broker.kill();
      const [teller, listener] = [await scene.teller(), await scene.listener()];
      const told = await tellMuch(teller, 4, 10);
      assert.equal((await teller.relay.lag()).rows, told.length);
      await broker.start();
      await drained(teller);
      await heardAll(listener, told);
    },
  },
  {
    name: 'the broker loses all that it holds: what never came is found in the outbox of its owner',
    async holds(scene, { broker }, deliveries) {
      const [teller, listener] = [await scene.teller(), await scene.listener()];
      await heardAll(listener, await tellMuch(teller, 1, 1));
      deliveries.hold();
      const told: Line[] = [];
      // More batches than a consumer takes at a time, or none would be left for the broker to lose.
      for (let line = 1; line <= 20; line += 1) {
        told.push(...(await tellMuch(teller, 6, 1, line)));
        await drained(teller);
      }
      await until(() => deliveries.held() > 0, { what: 'events in flight' });

      await broker.forget();
      const before = deliveries.brought();
      deliveries.release();

      await heardAll(listener, [{ story: 'story 0', line: 0 }, ...told]);
      assert.ok(before < told.length, 'the broker had lost nothing');
    },
  },
];

/** What the carrier brings to the listeners, which can be held up on its way. */
type Deliveries = {
  of(transport: EventTransport): EventTransport;
  hold(): void;
  release(): void;
  /** Batches that are held up now. */
  held(): number;
  /** Events that have been brought, held up or not. */
  brought(): number;
};

function createDeliveries(): Deliveries {
  let gate: PromiseWithResolvers<void> | undefined;
  let [held, brought] = [0, 0];
  const gated =
    (receive: Receive): Receive =>
    async (batch) => {
      brought += batch.length;
      held += 1;
      await gate?.promise;
      held -= 1;
      await receive(batch);
    };
  return {
    of: (transport) => ({
      ...transport,
      subscribe: (subscriber, source, receive) =>
        transport.subscribe(subscriber, source, gated(receive)),
    }),
    hold() {
      gate = Promise.withResolvers();
    },
    release: () => gate?.resolve(),
    held: () => held,
    brought: () => brought,
  };
}

/** Tells three stories, line by line, until it is stopped. */
function startTelling(teller: Teller) {
  const told: Line[] = [];
  let isStopped = false;
  const running = run();

  async function run(): Promise<void> {
    for (let line = 0; !isStopped; line += 1) {
      for (const story of ['a', 'b', 'c']) {
        await teller.tell({ story, line });
        told.push({ story, line });
      }
      await pause(10);
    }
  }
  return {
    told,
    async stop(): Promise<readonly Line[]> {
      isStopped = true;
      await running;
      return told;
    },
  };
}

/** Telling goes on though nothing can be published. */
async function toldMeanwhile({ told }: { readonly told: readonly Line[] }): Promise<void> {
  const wanted = told.length + 60;
  await until(() => told.length >= wanted, { what: 'stories told during the outage' });
}

/** Lines that may wait for their confirmation while more are told. */
const inFlight = 20;

/** Nothing waits in the outbox any more, or no more than `left` events. */
async function drained(teller: Teller, left = 0): Promise<void> {
  await until(async () => (await teller.relay.lag()).rows <= left, {
    what: 'the outbox to be empty',
    timeoutMs: 30_000,
  });
}
