import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';

import type { CloudEvent, EventTransport } from '#kernel/ports/event-transport';
import { until } from '#test/until';

/** One way of carrying events, as several processes see it. */
export type Bus = {
  /** A connection to the bus, such as each process has. A bus within one process has only one. */
  connect(): Promise<EventTransport>;
  close(): Promise<void>;
  /** How long an event may take that is not lost. 10 000 ms when not given. */
  readonly patienceMs?: number;
};

export type Fact = { readonly name: string; holds(bus: Bus): Promise<void> };

/** Runs every fact on a bus of its own. */
export function checkEventTransport(name: string, open: () => Promise<Bus>): void {
  for (const fact of eventTransportFacts) {
    test(`${name}: ${fact.name}`, async (t) => {
      const bus = await open();
      t.after(() => bus.close());
      await fact.holds(bus);
    });
  }
}

/**
 * What an event transport promises, and all that it promises: at least once, to every subscriber, what
 * `publish` has resolved. It may repeat, reorder and delay; it may not lose without rejecting.
 */
export const eventTransportFacts: readonly Fact[] = [
  {
    name: 'an event arrives as it was published, whatever its text and its size',
    async holds(bus) {
      const arrived = await hear(bus, 'listener', 'teller');
      const texts = ['', 'ἄειδε θεά 🏛', '\u0000\u2028"\\', 'x'.repeat(200_000)];
      const events = texts.map((text, i) =>
        eventOf('teller', 'troy', i + 1, { text, nested: [{}] }),
      );
      await publishStubbornly(await bus.connect(), events);
      await all(bus, arrived, events);
      for (const event of events) assert.deepEqual(arrived.get(event.id), event);
    },
  },
  {
    name: 'every subscriber hears all of a source that it subscribed to, and of no other',
    async holds(bus) {
      const first = await hear(bus, 'first', 'teller');
      const second = await hear(bus, 'second', 'teller');
      const other = await hear(bus, 'first', 'herald');
      const told = [eventOf('teller', 'troy', 1), eventOf('teller', 'ithaca', 1)];
      const cried = [eventOf('herald', 'troy', 1)];
      const transport = await bus.connect();
      await publishStubbornly(transport, told);
      await publishStubbornly(transport, cried);
      await Promise.all([all(bus, first, told), all(bus, second, told), all(bus, other, cried)]);
      assert.deepEqual([first.size, second.size, other.size], [2, 2, 1]);
    },
  },
  {
    name: 'what many publish at once reaches every subscriber',
    async holds(bus) {
      const heard = await Promise.all(['a', 'b', 'c'].map((name) => hear(bus, name, 'teller')));
      const batches = Array.from({ length: 20 }, (_, nth) =>
        Array.from({ length: 25 }, (_, i) => eventOf('teller', `story ${nth}`, i + 1)),
      );
      await Promise.all(
        batches.map(async (batch) => publishStubbornly(await bus.connect(), batch)),
      );
      await Promise.all(heard.map((arrived) => all(bus, arrived, batches.flat())));
    },
  },
  {
    name: 'a subscriber that could not store an event gets it again, or its publisher is told',
    async holds(bus) {
      let refusals = 3;
      const arrived = await hear(bus, 'listener', 'teller', () => refusals-- > 0);
      const events = [1, 2, 3, 4].map((sequence) => eventOf('teller', 'troy', sequence));
      await publishStubbornly(await bus.connect(), events);
      await all(bus, arrived, events);
    },
  },
  {
    name: 'an event that one subscriber can never store keeps no other event from anybody',
    async holds(bus) {
      const poison = eventOf('teller', 'troy', 1);
      const refuses = (batch: readonly CloudEvent[]) => batch.some(({ id }) => id === poison.id);
      const choosy = await hear(bus, 'choosy', 'teller', refuses);
      const robust = await hear(bus, 'robust', 'teller');
      const transport = await bus.connect();
      // Whether it is refused here or brought again and again is the transport's choice.
      await transport.publish('teller', [poison]).catch(() => undefined);
      const others = [eventOf('teller', 'ithaca', 1), eventOf('teller', 'thebes', 1)];
      await publishStubbornly(transport, others);
      await Promise.all([all(bus, choosy, others), all(bus, robust, [poison, ...others])]);
    },
  },
  {
    name: 'instances of one subscriber share its events, and the other goes on when one refuses',
    async holds(bus) {
      const arrived = new Map<string, CloudEvent>();
      await hear(bus, 'listener', 'teller', () => true, arrived);
      await hear(bus, 'listener', 'teller', () => false, arrived);
      const transport = await bus.connect();
      const events = Array.from({ length: 20 }, (_, i) => eventOf('teller', 'troy', i + 1));
      for (const event of events) await publishStubbornly(transport, [event]);
      await all(bus, arrived, events);
    },
  },
  {
    name: 'instances race for events that many publish: each is stored, and no instance has them all',
    async holds(bus) {
      const shares = await Promise.all([0, 1, 2].map(() => hear(bus, 'listener', 'teller')));
      const publishers = [await bus.connect(), await bus.connect()];
      const events = Array.from({ length: 60 }, (_, i) => eventOf('teller', `story ${i}`, 1));
      await Promise.all(
        events.map((event, i) =>
          publishStubbornly(publishers[i % 2] as EventTransport, [event, event]),
        ),
      );
      await until(() => events.every(({ id }) => shares.some((share) => share.has(id))), {
        what: 'each event to be stored by somebody',
        timeoutMs: bus.patienceMs ?? 10_000,
      });
      for (const share of shares)
        assert.ok(share.size < events.length, 'one instance had them all');
    },
  },
  {
    name: 'the owner of a source is asked for what is missing',
    async holds(bus) {
      const events = [1, 2, 3].map((sequence) => eventOf('teller', 'troy', sequence));
      (await bus.connect()).serveHistory('teller', {
        ofSubject: async (_subject, from, limit) => events.slice(from - 1, from - 1 + limit),
        after: async (position, limit) => ({
          events: events.slice(position, position + limit),
          position: Math.min(position + limit, events.length),
        }),
      });
      const history = (await bus.connect()).history('teller');
      assert.deepEqual(await history.ofSubject('troy', 2, 1), [events[1]]);
      assert.deepEqual(await history.after(1, 5), { events: events.slice(1), position: 3 });
      assert.deepEqual(await history.after(3, 5), { events: [], position: 3 });
    },
  },
  {
    name: 'an owner that cannot answer is an error, never an empty history',
    async holds(bus) {
      const transport = await bus.connect();
      await assert.rejects(transport.history('nobody').ofSubject('troy', 1, 10));
      transport.serveHistory('teller', {
        ofSubject: () => Promise.reject(new Error('no store')),
        after: () => Promise.reject(new Error('no store')),
      });
      await assert.rejects((await bus.connect()).history('teller').after(0, 10));
    },
  },
  {
    name: 'a closed transport takes nothing more',
    async holds(bus) {
      const transport = await bus.connect();
      await transport.close();
      await assert.rejects(transport.publish('teller', [eventOf('teller', 'troy', 1)]));
    },
  },
];

/** An event such as an outbox holds. */
export function eventOf(
  source: string,
  subject: string,
  sequence: number,
  data: unknown = { story: subject, line: sequence },
): CloudEvent {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source,
    type: `${source}.told`,
    subject,
    sequence,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    data,
  };
}

type Refuses = (batch: readonly CloudEvent[]) => boolean;

/** Subscribes on a connection of its own; answers what has arrived by now, by id. */
export async function hear(
  bus: Bus,
  subscriber: string,
  source: string,
  refuses: Refuses = () => false,
  arrived = new Map<string, CloudEvent>(),
): Promise<ReadonlyMap<string, CloudEvent>> {
  const transport = await bus.connect();
  await transport.subscribe(subscriber, source, async (batch) => {
    if (refuses(batch)) throw new Error(`${subscriber} refuses`);
    for (const event of batch) arrived.set(event.id, event);
  });
  return arrived;
}

/** As a relay does: publishes again until it is not refused. */
export async function publishStubbornly(transport: EventTransport, batch: readonly CloudEvent[]) {
  const source = batch[0]?.source ?? '';
  await until(() => transport.publish(source, batch).then(() => true), { what: 'publishing' });
}

export async function all(
  { patienceMs = 10_000 }: Bus,
  arrived: ReadonlyMap<string, CloudEvent>,
  events: readonly CloudEvent[],
): Promise<void> {
  await until(() => events.every(({ id }) => arrived.has(id)), {
    what: `${events.length} events to arrive`,
    timeoutMs: patienceMs,
  });
}
