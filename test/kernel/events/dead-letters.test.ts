import assert from 'node:assert/strict';
import test from 'node:test';

import { on } from '#kernel/handlers';
import type { CloudEvent, Receive } from '#kernel/ports/event-transport';
import { type Line, type Listener, teller } from '#test/event-parties';
import { openScene } from '#test/event-scene';
import { type StoreUnderTest, storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';
import { eventOf } from '../../conformance/event-transport.suite.ts';

for (const store of storesUnderTest()) {
  test(`${store.name}: a dead letter shows its event, its attempts and its cause, and holds only its subject`, async (t) => {
    const { listener, receive } = await openDeaf(t, store);
    await receive([...told('troy', 3), ...told('ithaca', 2)]);
    await isParked(listener, 1);
    const { operator } = listener.inbox;
    const [letter] = await operator.list({ state: 'parked', limit: 10 });
    assert.equal(letter?.event.subject, 'troy');
    assert.equal(letter?.attempts, 2);
    assert.deepEqual(letter?.problem, { code: 'TypeError', title: 'deaf to troy 1' });
    assert.deepEqual(await operator.show(letter?.event.id ?? ''), letter);
    assert.equal(await operator.show('no such event'), undefined);
    await until(async () => (await listener.notes()).length === 2);
    const lag = await operator.lag();
    assert.deepEqual({ ...lag.inbox, oldestMs: 0 }, { rows: 3, oldestMs: 0, parked: 1 });
    assert.deepEqual(lag.outbox, { rows: 0, oldestMs: 0 });
  });

  test(`${store.name}: redriving twice is harmless, and the subject goes on in order`, async (t) => {
    const { listener, receive, hear } = await openDeaf(t, store);
    await receive(told('troy', 5));
    await isParked(listener, 1);
    hear();
    const { operator } = listener.inbox;
    const pressed = await Promise.all([operator.redrive('all'), operator.redrive('all')]);
    assert.deepEqual(pressed.sort(), [0, 1]);
    await until(async () => (await listener.notes()).length === 5);
    assert.deepEqual(
      (await listener.notes()).map(({ sequence }) => sequence),
      [1, 2, 3, 4, 5],
    );
    assert.equal(await operator.redrive('all'), 0);
    const done = await operator.list({ state: 'done', limit: 10 });
    assert.equal(done.length, 5);
  });

  test(`${store.name}: a redriven event that fails again is parked again, with fresh attempts`, async (t) => {
    const { listener, receive } = await openDeaf(t, store);
    const [event] = told('troy', 1) as [CloudEvent];
    await receive([event]);
    await isParked(listener, 1);
    assert.equal(await listener.inbox.operator.redrive([event.id]), 1);
    await isParked(listener, 1);
    assert.equal((await listener.inbox.operator.show(event.id))?.attempts, 2);
  });

  test(`${store.name}: a discarded event is passed over for good, and stays to be seen`, async (t) => {
    const { listener, receive, hear } = await openDeaf(t, store);
    const events = told('troy', 3);
    await receive(events);
    await isParked(listener, 1);
    const id = events[0]?.id ?? '';
    const { operator } = listener.inbox;
    hear();
    assert.equal(await operator.discard([id, 'no such event']), 1);
    assert.equal(await operator.discard([id]), 0);
    assert.equal(await operator.redrive([id]), 0);
    await until(async () => (await listener.notes()).length === 2);
    await receive(events);
    assert.deepEqual(
      (await listener.notes()).map(({ sequence }) => sequence),
      [2, 3],
    );
    assert.equal((await operator.show(id))?.state, 'discarded');
  });

  test(`${store.name}: an event that does not match its contract is parked at once, with what is wrong`, async (t) => {
    const { listener, receive, hear } = await openDeaf(t, store);
    hear();
    await receive([eventOf('teller', 'troy', 1, { story: 'troy', line: 'first\0' })]);
    await receive([eventOf('teller', 'ithaca', 1, { story: 'ithaca', line: 1, tone: 'low\0' })]);
    await isParked(listener, 1);
    const [letter] = await listener.inbox.operator.list({ state: 'parked', limit: 1 });
    assert.equal(letter?.attempts, 1);
    assert.equal(letter?.problem?.code, 'invalid_event');
    assert.match(JSON.stringify(letter?.problem?.details), /"field":"line"/);
    await until(async () => (await listener.notes()).length === 1);
  });

  test(`${store.name}: what is no event of its source is kept apart, once, and touches nothing`, async (t) => {
    const { listener, receive, hear } = await openDeaf(t, store);
    hear();
    const forged: readonly unknown[] = [
      null,
      'told',
      { ...eventOf('herald', 'troy', 1) },
      { ...eventOf('teller', 'troy', 1), sequence: 0 },
      { ...eventOf('teller', 'troy', 1), type: 'herald.cried' },
      JSON.parse('{"__proto__": {"polluted": true}, "specversion": "1.0"}'),
    ];
    await receive(forged as readonly CloudEvent[]);
    await receive(forged as readonly CloudEvent[]);
    await receive(told('troy', 1));
    await until(async () => (await listener.notes()).length === 1);
    const { operator } = listener.inbox;
    const letters = await operator.list({ state: 'parked', limit: 20 });
    assert.equal(letters.length, forged.length);
    assert.ok(letters.every(({ problem }) => problem?.code === 'malformed_event'));
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    // Trying them again does not make them events.
    assert.equal(await operator.redrive('all'), forged.length);
    await isParked(listener, forged.length);
    assert.equal((await listener.notes()).length, 1);
  });

  test(`${store.name}: a subscriber that skips poison passes over the event, which the others still get`, async (t) => {
    const note = on(teller.events.told, ({ sql }, { id, data, sequence }) =>
      write(sql, id, data, sequence),
    );
    const fussy = on(
      teller.events.told,
      (_tx, { data }) => {
        if (data.line === 1) throw new Error('too early');
      },
      { poison: 'skip' },
    );
    const { listener, receive } = await openDeaf(t, store, [fussy, note]);
    const events = told('troy', 3);
    await receive(events);
    await until(async () => (await listener.notes()).length === 3);
    const entry = await listener.inbox.operator.show(events[0]?.id ?? '');
    assert.equal(entry?.state, 'skipped');
    assert.deepEqual(entry?.problem, { code: 'Error', title: 'too early' });
    assert.equal((await listener.inbox.operator.lag()).inbox.rows, 0);
  });
}

/** A listener that is deaf to troy, gives up after two attempts, and hears when `hear` was called. */
async function openDeaf(
  t: test.TestContext,
  store: StoreUnderTest,
  subscriptions?: ReturnType<typeof on>[],
) {
  const receives: Receive[] = [];
  const transport = {
    ...inProcessEvents(),
    async subscribe(_subscriber: string, _source: string, receive: Receive) {
      receives.push(receive);
    },
  };
  let isDeaf = true;
  const refuse = ({ story, line }: Line) => {
    if (isDeaf && story === 'troy') throw new TypeError(`deaf to ${story} ${line}`);
  };
  const scene = await openScene(t, store, () => transport);
  const listener = await scene.listener({
    refuse,
    policy: { attempts: 2 },
    ...(subscriptions ? { subscriptions } : {}),
  });
  const receive: Receive = async (batch) => receives[0]?.(batch);
  const hear = () => {
    isDeaf = false;
  };
  return { listener, receive, hear };
}

function told(story: string, lines: number): readonly CloudEvent[] {
  return Array.from({ length: lines }, (_, i) => eventOf('teller', story, i + 1));
}

function isParked(listener: Listener, count: number) {
  return until(async () => (await listener.inbox.operator.lag()).inbox.parked === count, {
    what: `${count} parked events`,
  });
}

type Sql = Listener['store']['reader']['sql'];

async function write(sql: Sql, event: string, data: Line, sequence: number): Promise<void> {
  await sql`
    insert into notes (event, story, line, sequence)
    values (${event}, ${data.story}, ${data.line}, ${sequence})`;
}
