import assert from 'node:assert/strict';
import test from 'node:test';

import type {
  CloudEvent,
  EventHistory,
  EventTransport,
  Receive,
} from '#kernel/ports/event-transport';
import { movableClock } from '#test/clock';
import type { Listener } from '#test/event-parties';
import { openScene } from '#test/event-scene';
import { type StoreUnderTest, storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';
import { eventOf } from '../../conformance/event-transport.suite.ts';

for (const store of storesUnderTest()) {
  test(`${store.name}: a missing event is waited for, then asked for, and then all take effect in order`, async (t) => {
    const events = told('troy', 6);
    const { listener, receive, asked, clock } = await openAsking(t, store, { published: events });
    await receive(events.slice(3, 5));
    assert.deepEqual(asked, []);
    assert.deepEqual(await listener.notes(), []);
    clock.advance(1000);
    assert.deepEqual(await sequencesOf(listener, 6), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(asked, [{ subject: 'troy', from: 1 }]);
  });

  test(`${store.name}: a long gap is closed page by page`, async (t) => {
    const events = told('troy', 250);
    const { listener, receive, clock } = await openAsking(t, store, { published: events });
    await receive(events.slice(-1));
    clock.advance(1000);
    const sequences = await sequencesOf(listener, 250);
    assert.deepEqual(
      sequences,
      Array.from({ length: 250 }, (_, i) => i + 1),
    );
  });

  test(`${store.name}: what the owner has pruned is gone; the subject starts with the first there is`, async (t) => {
    const events = told('troy', 6);
    const asking = { published: events.slice(2) };
    const { listener, receive, clock } = await openAsking(t, store, asking);
    await receive(events.slice(4));
    clock.advance(1000);
    assert.deepEqual(await sequencesOf(listener, 4), [3, 4, 5, 6]);
    await receive(events);
    assert.deepEqual(await sequencesOf(listener, 4), [3, 4, 5, 6]);
  });

  test(`${store.name}: an owner with nothing left lets the subject go on with what has come`, async (t) => {
    const events = told('troy', 3);
    const { listener, receive, clock } = await openAsking(t, store, { published: [] });
    await receive(events.slice(1));
    clock.advance(1000);
    assert.deepEqual(await sequencesOf(listener, 2), [2, 3]);
  });

  test(`${store.name}: an owner that does not answer is asked again, and nothing is skipped meanwhile`, async (t) => {
    const events = told('troy', 3);
    const asking = { published: events, silent: 2 };
    const { listener, receive, asked, clock } = await openAsking(t, store, asking);
    await receive(events.slice(2));
    clock.advance(1000);
    assert.deepEqual(await sequencesOf(listener, 3), [1, 2, 3]);
    assert.equal(asked.length, 3);
  });

  test(`${store.name}: an event that was lost as the last of its subject is found by comparing`, async (t) => {
    const lost = [...told('troy', 2), ...told('ithaca', 1)];
    const { listener } = await openAsking(t, store, { published: lost, shows: true });
    assert.deepEqual((await sequencesOf(listener, 3)).toSorted(), [1, 1, 2]);
  });
}

type Asking = {
  readonly published: readonly CloudEvent[];
  /** How often the owner does not answer before it does. */
  readonly silent?: number;
  /** Whether it shows what was published to those who compare. */
  readonly shows?: boolean;
};

async function openAsking(t: test.TestContext, store: StoreUnderTest, asking: Asking) {
  const { published, silent = 0, shows = false } = asking;
  const receives: Receive[] = [];
  const asked: { subject: string; from: number }[] = [];
  const history: EventHistory = {
    async ofSubject(subject, from, limit) {
      asked.push({ subject, from });
      if (asked.length <= silent) throw new Error('the owner is away');
      const ofSubject = published.filter((one) => one.subject === subject && one.sequence >= from);
      return ofSubject.slice(0, limit);
    },
    async after(position, limit) {
      const events = shows ? published.slice(position, position + limit) : [];
      return { events, position: position + events.length };
    },
  };
  const transport: EventTransport = {
    ...inProcessEvents(),
    history: () => history,
    async subscribe(_subscriber, _source, receive) {
      receives.push(receive);
    },
  };
  const clock = movableClock();
  const listener = await (await openScene(t, store, () => transport)).listener({ clock });
  const receive: Receive = async (batch) => receives[0]?.(batch);
  return { listener, receive, asked, clock };
}

function told(story: string, lines: number): readonly CloudEvent[] {
  return Array.from({ length: lines }, (_, i) => eventOf('teller', story, i + 1));
}

async function sequencesOf(listener: Listener, count: number): Promise<readonly number[]> {
  const all = await until(
    async () => {
      const notes = await listener.notes();
      return notes.length >= count && notes;
    },
    { what: `${count} notes` },
  );
  return all.map(({ sequence }) => sequence);
}
