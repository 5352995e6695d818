import assert from 'node:assert/strict';
import test from 'node:test';

import { newTrace } from '#kernel/calls/context';
import { recordedEvents } from '#kernel/events/outbox';
import { defaultEventRetention, eventRetention } from '#kernel/events/retention';
import type { Write } from '#kernel/ports/work';
import { movableClock } from '#test/clock';
import { openScene } from '#test/event-scene';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';

for (const store of storesUnderTest()) {
  test(`${store.name}: old events go, but never one that is unpublished or parked, and none comes back`, async (t) => {
    const bus = inProcessEvents();
    let isDown = false;
    const transport = {
      ...bus,
      publish: async (...told: Parameters<typeof bus.publish>) => {
        if (isDown) throw new Error('down');
        await bus.publish(...told);
      },
    };
    const scene = await openScene(t, store, () => transport);
    const clock = movableClock();
    const refuse = ({ story }: { story: string }) => {
      if (story === 'ithaca') throw new Error('no');
    };
    const listener = await scene.listener({ clock, refuse, policy: { attempts: 2 } });
    const teller = await scene.teller({ clock });
    for (let line = 1; line <= 3; line += 1) await teller.tell({ story: 'troy', line });
    await teller.tell({ story: 'ithaca', line: 1 });
    await until(async () => (await listener.inbox.operator.lag()).inbox.parked === 1);
    await until(async () => (await listener.notes()).length === 3);
    await until(async () => (await teller.relay.lag()).rows === 0);
    const published = await recordedEvents(teller.store);
    isDown = true;
    await teller.tell({ story: 'thebes', line: 1 });

    clock.advance(defaultEventRetention.inboxMs + 60_000);
    await prune(teller.write);
    await prune(listener.write);
    const left = (await recordedEvents(teller.store)).map(({ subject }) => subject);
    assert.deepEqual(left, ['thebes']);
    const kept = await listener.inbox.operator.list({ limit: 10 });
    assert.deepEqual(
      kept.map(({ event, state }) => [event.subject, state]),
      [['ithaca', 'parked']],
    );

    await bus.publish('teller', published);
    isDown = false;
    await teller.tell({ story: 'troy', line: 4 });
    await until(async () => (await listener.notes()).length === 5);
    const troy = (await listener.notes()).filter(({ story }) => story === 'troy');
    assert.deepEqual(
      troy.map(({ sequence }) => sequence),
      [1, 2, 3, 4],
    );
  });

  test(`${store.name}: pruning goes in bounded steps until nothing old is left`, async (t) => {
    const scene = await openScene(t, store, () => inProcessEvents());
    const clock = movableClock();
    const teller = await scene.teller({ clock });
    const lines = Array.from({ length: 1100 }, (_, line) => ({ story: `story ${line}`, line }));
    await teller.tell(...lines);
    await until(async () => (await teller.relay.lag()).rows === 0);
    clock.advance(defaultEventRetention.outboxMs + 60_000);
    const rounds = await prune(teller.write);
    assert.ok(rounds >= 3, `${rounds} rounds`);
    assert.deepEqual(await recordedEvents(teller.store), []);
  });
}

test('an inbox that would forget what an outbox can replay is refused', () => {
  assert.throws(() => eventRetention({ outboxMs: 2000, inboxMs: 1000 }), TypeError);
});

/** As the host does: each task again while it says that there was more. Answers how many rounds. */
async function prune(write: Write): Promise<number> {
  let rounds = 0;
  for (const { commit } of eventRetention()) {
    let more: unknown = 'again';
    while (more === 'again') {
      more = await write(newTrace(), (tx) => commit(tx, undefined, { at: 0 }));
      rounds += 1;
    }
  }
  return rounds;
}
