import assert from 'node:assert/strict';
import test from 'node:test';

import { onPrepared } from '#kernel/handlers';
import type { CloudEvent, EventTransport, Receive } from '#kernel/ports/event-transport';
import { type Line, teller } from '#test/event-parties';
import { openScene } from '#test/event-scene';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';
import { eventOf } from '../../conformance/event-transport.suite.ts';

/** More than the inbox reads in one look at what is due. */
const backlog = 2500;

for (const store of storesUnderTest()) {
  test(`${store.name}: thousands of events wait in one subject, and the process does other things too`, async (t) => {
    const gate = Promise.withResolvers<void>();
    const patient = onPrepared(
      teller.events.told,
      () => gate.promise,
      async ({ sql }, { id, sequence, data }) => {
        const { story, line } = data as Line;
        await sql`
          insert into notes (event, story, line, sequence)
          values (${id}, ${story}, ${line}, ${sequence})`;
      },
    );
    const { transport, receives } = heardByHand();
    const scene = await openScene(t, store, () => transport);
    const listener = await scene.listener({ subscriptions: [patient] });
    const events = Array.from({ length: backlog }, (_, i) => eventOf('teller', 'troy', i + 1));
    await receives[0]?.(events);

    // The inbox looks every second at what is due, and sees that there is more than it can see.
    let beats = 0;
    const heart = setInterval(() => {
      beats += 1;
    }, 10);
    t.after(() => clearInterval(heart));
    await until(() => beats >= 200, { timeoutMs: 60_000 });

    gate.resolve();
    await until(async () => (await listener.notes()).length >= 50, { timeoutMs: 30_000 });
  });

  for (const head of ['parked', 'tried again later'] as const) {
    test(`${store.name}: thousands of events behind one that is ${head} hide none of another subject`, async (t) => {
      const { transport, receives } = heardByHand();
      const scene = await openScene(t, store, () => transport);
      const never = { firstDelayMs: 2 ** 30, maxDelayMs: 2 ** 30 };
      const refuse = ({ story }: Line) => assert.notEqual(story, 'troy');
      const listener = await scene.listener({ refuse, policy: never });
      const receive = (...events: CloudEvent[]) => receives[0]?.(events);
      const line = head === 'parked' ? 'no number' : 1;
      await receive(eventOf('teller', 'troy', 1, { story: 'troy', line }));
      await receive(eventOf('teller', 'troy', 2));
      const { sql } = listener.store.reader;
      await until(async () => {
        const behind = await sql`
          select id from inbox_events where sequence = 2 and coalesce(due_at, 1) <> 0`;
        return behind.length === 1;
      });
      await receive(...Array.from({ length: backlog }, (_, i) => eventOf('teller', 'troy', i + 3)));
      // The first of these is missing, and nobody can be asked for it yet.
      await receive(eventOf('teller', 'ithaca', 2));
      await listener.stop();

      transport.serveHistory('teller', {
        ofSubject: async () => [eventOf('teller', 'ithaca', 1)],
        after: async (position) => ({ events: [], position }),
      });
      const again = await scene.listener({ refuse, policy: never });
      await until(async () => (await again.notes()).length === 2);
    });
  }
}

/** A transport that brings what a test brings. */
function heardByHand() {
  const receives: Receive[] = [];
  const transport: EventTransport = {
    ...inProcessEvents(),
    async subscribe(_subscriber, _source, receive) {
      receives.push(receive);
    },
  };
  return { transport, receives };
}
