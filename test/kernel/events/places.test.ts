import assert from 'node:assert/strict';
import test from 'node:test';

import { newTrace } from '#kernel/calls/context';
import { createOutboxHistory, recordedEvents } from '#kernel/events/outbox';
import { openScene } from '#test/event-scene';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { brokerThat, linesOf } from './stubborn-broker.ts';

for (const store of storesUnderTest()) {
  test(`${store.name}: what can not leave yet is in the history, once, and keeps its place`, async (t) => {
    const broker = brokerThat(() => broker.isDown);
    broker.isDown = true;
    const party = await (await openScene(t, store, () => broker.transport)).teller();
    const history = createOutboxHistory(party.store);
    await party.tell(...linesOf('troy', 3));
    const first = await history.after(0, 100);
    assert.deepEqual(first.events, await recordedEvents(party.store));

    await party.tell(...linesOf('ithaca', 2));
    broker.isDown = false;
    await until(async () => (await party.relay.lag()).rows === 0);
    const rest = await history.after(first.position, 100);
    assert.deepEqual(
      rest.events.map(({ subject }) => subject),
      ['ithaca', 'ithaca'],
    );
    assert.deepEqual((await history.after(0, 3)).events, first.events);
  });

  test(`${store.name}: events are marked as published once, and found in that order`, async (t) => {
    const broker = brokerThat(() => false);
    const party = await (await openScene(t, store, () => broker.transport)).teller();
    for (const line of linesOf('troy', 20)) await party.tell(line);
    await until(async () => (await party.relay.lag()).rows === 0);
    const page = await createOutboxHistory(party.store).after(0, 100);
    assert.deepEqual(page.events, await recordedEvents(party.store));
    assert.equal(page.position, 20);
  });

  if (store.name !== 'postgres') continue;

  test('postgres: an event that commits late is neither passed over by the relay nor by a reader', async (t) => {
    const broker = brokerThat(() => false);
    const party = await (await openScene(t, store, () => broker.transport)).teller();
    const { promise: late, resolve: commit } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const slow = party.write(newTrace(), async (tx, { sql }) => {
      // Takes its number early, as a transaction does that goes on after its events were written.
      await sql`insert into outbox (subject, sequence, event, recorded_at)
        values ('slow', 1, ${JSON.stringify({ subject: 'slow' })}, ${tx.now})`;
      begun.resolve();
      await late;
    });
    await begun.promise;
    await party.tell({ story: 'fast', line: 1 });
    const history = createOutboxHistory(party.store);
    const first = await until(async () => {
      const page = await history.after(0, 10);
      return page.events.length === 1 && page;
    });
    assert.equal(first.events[0]?.subject, 'fast');

    commit();
    await slow;
    const second = await until(async () => {
      const page = await history.after(first.position, 10);
      return page.events.length === 1 && page;
    });
    assert.equal(second.events[0]?.subject, 'slow');
  });
}
