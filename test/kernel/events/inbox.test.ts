import assert from 'node:assert/strict';
import test from 'node:test';

import { on, onPrepared } from '#kernel/handlers';
import type { Receive } from '#kernel/ports/event-transport';
import {
  type Line,
  type Listener,
  listener as listenerContract,
  teller,
} from '#test/event-parties';
import { openScene } from '#test/event-scene';
import { type StoreUnderTest, storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';
import { eventOf } from '../../conformance/event-transport.suite.ts';

for (const store of storesUnderTest()) {
  test(`${store.name}: an event that comes back has no second effect, even after its row was pruned`, async (t) => {
    const { listener, receive } = await openAlone(t, store);
    const events = [1, 2, 3].map((sequence) => eventOf('teller', 'troy', sequence));
    await receive(events);
    await notes(listener, 3);
    await listener.store.write(({ sql }) => sql`delete from inbox_events`);
    await Promise.all([receive(events), receive([...events].reverse()), receive(events.slice(1))]);
    await receive([eventOf('teller', 'troy', 4)]);
    assert.deepEqual(sequences(await notes(listener, 4)), [1, 2, 3, 4]);
    assert.deepEqual(await listener.inbox.operator.list({ state: 'waiting', limit: 9 }), []);
  });

  test(`${store.name}: events that come in any order take effect in theirs`, async (t) => {
    const { listener, receive } = await openAlone(t, store);
    const events = [1, 2, 3, 4, 5, 6].map((sequence) => eventOf('teller', 'troy', sequence));
    for (const nth of [5, 2, 0, 4, 1, 3]) await receive(events.slice(nth, nth + 1));
    assert.deepEqual(sequences(await notes(listener, 6)), [1, 2, 3, 4, 5, 6]);
  });

  test(`${store.name}: all subscriptions to an event take effect together, or none does`, async (t) => {
    let isBroken = true;
    const first = on(teller.events.told, (tx, { id, data }) => note(tx, id, data, 1));
    const second = on(teller.events.told, async (tx, { id, data }) => {
      await note(tx, id, data, 2);
      if (isBroken) throw new Error('not yet');
    });
    const { listener, receive } = await openAlone(t, store, { subscriptions: [first, second] });
    const event = eventOf('teller', 'troy', 1);
    await receive([event]);
    await until(async () => ((await listener.inbox.operator.show(event.id))?.attempts ?? 0) >= 2);
    assert.deepEqual(await listener.notes(), []);

    isBroken = false;
    assert.deepEqual(sequences(await notes(listener, 2)), [1, 2]);
  });

  test(`${store.name}: what a subscriber publishes commits with its effect`, async (t) => {
    const echo = on(teller.events.told, (tx, { data }) =>
      tx.publish(listenerContract.events.echoed(data)),
    );
    const { listener, receive } = await openAlone(t, store, { subscriptions: [echo] });
    await receive([eventOf('teller', 'troy', 1), eventOf('teller', 'troy', 2)]);
    const echoes = await until(async () => {
      const rows = await listener.store.reader.sql<{ event: string }>`
        select event from outbox order by number`;
      return rows.length === 2 && rows.map(({ event }) => JSON.parse(event));
    });
    assert.deepEqual(
      echoes.map(({ type, data }) => [type, data.line]),
      [
        ['listener.echoed', 1],
        ['listener.echoed', 2],
      ],
    );
  });

  test(`${store.name}: a prepared subscriber may ask first, outside the transaction, and again after a failure`, async (t) => {
    const keys: string[] = [];
    const traces: string[] = [];
    const prepared = onPrepared(
      teller.events.told,
      async (ctx, { data }) => {
        keys.push(ctx.key);
        traces.push(ctx.trace.traceId);
        await new Promise((resolve) => setImmediate(resolve));
        if (keys.length === 1) throw new Error('the neighbour is away');
        return (data as Line).line * 10;
      },
      (tx, { id, data }, tenfold) => note(tx, id, data, tenfold),
    );
    const { listener, receive } = await openAlone(t, store, { subscriptions: [prepared] });
    const event = eventOf('teller', 'troy', 1);
    await receive([event]);
    assert.deepEqual(sequences(await notes(listener, 1)), [10]);
    assert.deepEqual(keys, [`event:${event.id}:listener`, `event:${event.id}:listener`]);
    assert.deepEqual(new Set(traces), new Set(['a'.repeat(32)]));
  });

  test(`${store.name}: events that nobody subscribes to let the lane go on, in turn and out of turn`, async (t) => {
    const { listener, receive } = await openAlone(t, store);
    const hummed = (sequence: number) => ({
      ...eventOf('teller', 'troy', sequence),
      type: 'teller.hummed',
    });
    await receive([hummed(1), eventOf('teller', 'troy', 2), hummed(3)]);
    await receive([hummed(6), hummed(5)]);
    await receive([eventOf('teller', 'troy', 7)]);
    await receive([hummed(4)]);
    assert.deepEqual(sequences(await notes(listener, 2)), [2, 7]);
    assert.equal((await listener.inbox.operator.lag()).inbox.rows, 0);
  });

  test(`${store.name}: attempts are counted with growing delays, and go on counting after a restart`, async (t) => {
    let asked = 0;
    const refuse = () => {
      asked += 1;
      throw new Error('cannot bear it');
    };
    const policy = { attempts: 4, firstDelayMs: 30, maxDelayMs: 60 };
    const { listener, receive, reopen } = await openAlone(t, store, { refuse, policy });
    const event = eventOf('teller', 'troy', 1);
    await receive([event]);
    const tried = await until(async () => {
      const entry = await listener.inbox.operator.show(event.id);
      return (entry?.attempts ?? 0) >= 1 && entry;
    });
    assert.deepEqual(tried.problem, { code: 'Error', title: 'cannot bear it' });
    await listener.stop();

    const again = await reopen({ refuse, policy });
    const parked = await until(async () => {
      const entry = await again.inbox.operator.show(event.id);
      return entry?.state === 'parked' && entry;
    });
    assert.equal(parked.attempts, 4);
    assert.equal(parked.nextAttemptAt, null);
    // Two tries may go uncounted: the one on arrival, and one that the stop cut off.
    assert.ok(asked >= 4 && asked <= 6, `asked ${asked} times`);
  });

  test(`${store.name}: a broker that is away at the start holds nobody up, and is heard when it is there`, async (t) => {
    let refusals = 2;
    const receives: Receive[] = [];
    const scene = await openScene(t, store, () => ({
      ...inProcessEvents(),
      async subscribe(_subscriber: string, _source: string, receive: Receive) {
        if (refusals-- > 0) throw new Error('no broker');
        receives.push(receive);
      },
    }));
    const listener = await scene.listener();
    assert.equal(receives.length, 0);
    await until(() => receives.length === 1);
    await receives[0]?.([eventOf('teller', 'troy', 1)]);
    assert.deepEqual(sequences(await notes(listener, 1)), [1]);
  });

  test(`${store.name}: a stopped inbox finishes what runs, refuses what comes, and another goes on`, async (t) => {
    const { listener, receive, reopen } = await openAlone(t, store);
    const events = Array.from({ length: 30 }, (_, i) =>
      eventOf('teller', `story ${i % 3}`, (i - (i % 3)) / 3 + 1),
    );
    const receiving = receive(events);
    await listener.stop();
    await assert.rejects(receive([eventOf('teller', 'late', 1)]), /stopped/);
    await receiving.catch(() => undefined);
    const again = await reopen();
    await again.receiveAgain(events);
    const all = await notes(again, 30);
    assert.equal(new Set(all.map(({ event }) => event)).size, 30);
  });
}

type Extra = Parameters<Awaited<ReturnType<typeof openScene>>['listener']>[0];

/** A listener whose events come from the test itself; nobody answers questions for missing ones. */
async function openAlone(t: test.TestContext, store: StoreUnderTest, options: Extra = {}) {
  const receives: Receive[] = [];
  const transport = () => ({
    ...inProcessEvents(),
    async subscribe(_subscriber: string, _source: string, receive: Receive) {
      receives.push(receive);
    },
  });
  const scene = await openScene(t, store, transport);
  const listener = await scene.listener(options);
  const receive: Receive = async (batch) => receives[0]?.(batch);
  const receiveAgain: Receive = async (batch) => receives.at(-1)?.(batch);
  const reopen = async (more: Extra = {}) => ({ ...(await scene.listener(more)), receiveAgain });
  return { listener, receive, reopen };
}

function notes(listener: Listener, count: number) {
  return until(
    async () => {
      const all = await listener.notes();
      assert.ok(all.length <= count, `${all.length} notes instead of ${count}`);
      return all.length === count && all;
    },
    { what: `${count} notes` },
  );
}

function sequences(all: readonly { sequence: number }[]): readonly number[] {
  return all.map(({ sequence }) => sequence);
}

type Sql = Awaited<ReturnType<typeof openAlone>>['listener']['store']['reader']['sql'];

async function note({ sql }: { sql: Sql }, event: string, data: Line, sequence: number) {
  await sql`
    insert into notes (event, story, line, sequence)
    values (${event}, ${data.story}, ${data.line}, ${sequence})`;
}
