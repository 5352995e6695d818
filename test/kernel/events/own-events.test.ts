import test from 'node:test';

import { createOwnEvents } from '#kernel/events/own-events';
import { createLogger } from '#kernel/log';
import { until } from '#test/until';

const silent = createLogger('silent');

test('what is published at the moment in which marking ends is marked too', async () => {
  for (let hops = 0; hops < 12; hops += 1) {
    const marked: number[] = [];
    const own = createOwnEvents(async (events) => {
      marked.push(...events.map(({ number }) => number));
      if (marked.length === 1) void after(hops).then(() => own.published([{ number: 2 }]));
    }, silent);
    await own.published([{ number: 1 }]);
    await until(() => marked.length === 2, { what: `the second mark, ${hops} turns later` });
  }
});

/** So many turns of the queue of promises later. */
async function after(hops: number): Promise<void> {
  for (let hop = 0; hop < hops; hop += 1) await undefined;
}
