import test from 'node:test';

import { onPrepared } from '#kernel/handlers';
import type { Receive } from '#kernel/ports/event-transport';
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
    const receives: Receive[] = [];
    const transport = {
      ...inProcessEvents(),
      async subscribe(_subscriber: string, _source: string, receive: Receive) {
        receives.push(receive);
      },
    };
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
}
