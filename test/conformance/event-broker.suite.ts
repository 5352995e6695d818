import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { CloudEvent, EventTransport } from '#kernel/ports/event-transport';
import { until } from '#test/until';

import { all, type Bus, eventOf, hear, publishStubbornly } from './event-transport.suite.ts';

/** A broker of the test's own, and what may become of it. */
export type Broker = {
  /** SIGKILL. What it has confirmed it finds again when it is started. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
};

/** A bus over a broker that no other test uses. */
export type BrokerBus = Bus & { readonly broker: Broker };

type Fact = { readonly name: string; holds(bus: BrokerBus): Promise<void> };

/** Runs what must hold of every transport with a broker when that dies, hangs, or is not there yet. */
export function checkBrokerFaults(name: string, open: () => Promise<BrokerBus>): void {
  for (const fact of facts) {
    test(`${name}: ${fact.name}`, async (t) => {
      const bus = await open();
      t.after(() => bus.close());
      await fact.holds(bus);
    });
  }
}

/** How long consumers may take to go on by themselves. */
const recoveryMs = 20_000;

const facts: readonly Fact[] = [
  {
    name: 'what was confirmed before the broker was killed arrives after it is back',
    async holds(bus) {
      const before = await bus.connect();
      await before.subscribe('listener', 'teller', async () => undefined);
      await before.close();
      const events = some(50, 'kept');
      await publishStubbornly(await bus.connect(), events);

      await bus.broker.kill();
      await bus.broker.start();

      await all({ ...bus, patienceMs: recoveryMs }, await hearSoon(bus), events);
    },
  },
  {
    name: 'killed and started again under a steady stream: all that was confirmed arrives',
    async holds(bus) {
      const arrived = await hear(bus, 'listener', 'teller');
      const stream = startStream(await bus.connect());
      for (let round = 1; round <= 2; round += 1) {
        await until(() => stream.confirmed.length >= round * 20, { what: 'a steady stream' });
        const refused = stream.refusals;
        await bus.broker.kill();
        await until(() => stream.refusals > refused, { what: 'publishing to be refused' });
        await bus.broker.start();
      }
      const resumed = stream.confirmed.length + 20;
      await until(() => stream.confirmed.length >= resumed, {
        what: 'publishing to go on',
        timeoutMs: recoveryMs,
      });
      await stream.stop();
      await all({ ...bus, patienceMs: recoveryMs }, arrived, stream.confirmed);
    },
  },
  {
    name: 'a broker that hangs: publishing is refused, and when it goes on everybody does',
    async holds(bus) {
      const arrived = await hear(bus, 'listener', 'teller');
      const transport = await bus.connect();
      const [before, during, after] = [some(3, 'before'), some(3, 'during'), some(3, 'after')];
      await publishStubbornly(transport, before);
      await all(bus, arrived, before);

      bus.broker.pause();
      // The relay gives up after 5 s: a carrier that knew by then has closed what hangs.
      const refused = transport.publish('teller', during).then(
        () => false,
        () => true,
      );
      assert.equal(await Promise.race([refused, pause(5000, 'still asked')]), true);
      bus.broker.resume();

      await publishStubbornly(transport, after);
      await all({ ...bus, patienceMs: recoveryMs }, arrived, after);
    },
  },
  {
    name: 'a broker that is not there yet: everybody is refused, and later goes on',
    async holds(bus) {
      await bus.broker.kill();
      const [early, listener] = [await bus.connect(), await bus.connect()];
      const arrived = new Map<string, CloudEvent>();
      const receive = async (batch: readonly CloudEvent[]) => {
        for (const event of batch) arrived.set(event.id, event);
      };
      await assert.rejects(listener.subscribe('listener', 'teller', receive));
      await assert.rejects(early.publish('teller', some(1, 'early')));

      await bus.broker.start();
      // As an inbox does, which asks again until it is heard.
      await until(() => listener.subscribe('listener', 'teller', receive).then(() => true), {
        what: 'subscribing',
        timeoutMs: recoveryMs,
      });
      const events = some(5, 'late');
      await publishStubbornly(early, events);
      await all({ ...bus, patienceMs: recoveryMs }, arrived, events);
    },
  },
  {
    name: 'closing ends in time, whether the broker is dead or hangs',
    async holds(bus) {
      for (const harm of [() => bus.broker.kill(), () => bus.broker.pause()]) {
        const transport = await bus.connect();
        await transport.subscribe('listener', 'teller', async () => undefined);
        await publishStubbornly(transport, some(1, 'warm'));
        await harm();
        const closed = transport.close().then(() => 'closed');
        assert.equal(await Promise.race([closed, pause(10_000, 'still closing')]), 'closed');
        bus.broker.resume();
        await bus.broker.kill();
        await bus.broker.start();
      }
    },
  },
  {
    name: 'instances that come and go leave nothing behind',
    async holds(bus) {
      const arrived = new Map<string, CloudEvent>();
      const staying = hear(bus, 'listener', 'teller', () => false, arrived);
      const events = some(120, 'race');
      const publisher = await bus.connect();
      await staying;
      const publishing = Promise.all(events.map((event) => publishStubbornly(publisher, [event])));
      for (let nth = 0; nth < 3; nth += 1) {
        const passing = await bus.connect();
        await passing.subscribe('listener', 'teller', async (batch) => {
          await pause(5);
          for (const event of batch) arrived.set(event.id, event);
        });
        await passing.close();
      }
      await publishing;
      await all({ ...bus, patienceMs: recoveryMs }, arrived, events);
    },
  },
];

function some(count: number, story: string): readonly CloudEvent[] {
  return Array.from({ length: count }, (_, i) => eventOf('teller', story, i + 1));
}

function hearSoon(bus: Bus): Promise<ReadonlyMap<string, CloudEvent>> {
  return until(() => hear(bus, 'listener', 'teller'), { timeoutMs: recoveryMs });
}

/** Publishes event after event, each until it is confirmed. */
function startStream(transport: EventTransport) {
  const stream = { confirmed: [] as CloudEvent[], refusals: 0, stop };
  let isStopped = false;
  const running = run();

  async function run(): Promise<void> {
    for (let nth = 1; !isStopped; nth += 1) {
      const event = eventOf('teller', 'stream', nth);
      while (!isStopped) {
        try {
          await transport.publish('teller', [event]);
          stream.confirmed.push(event);
          break;
        } catch {
          stream.refusals += 1;
          await pause(20);
        }
      }
      await pause(5);
    }
  }

  async function stop(): Promise<void> {
    isStopped = true;
    await running;
  }
  return stream;
}
