import assert from 'node:assert/strict';

import { Failure } from '#kernel/failure';
import { someContext } from '#test/call-context';
import { desk as contract } from '#test/call-desk-contract';
import { until } from '#test/until';

import { ask, type CallFact, type CallScene, failureOf } from './call-fact.ts';
import { all, count, mostAhead, settled, size } from './paced-flow.ts';

type Item = { nth: number; text: string };

/** Items, one after another. */
export const streamFacts: readonly CallFact[] = [
  {
    name: 'the items of a stream arrive in their order, and then it ends',
    async holds(scene) {
      for (const many of [0, 1, 1000]) {
        const items = await all(itemsOf(scene, { name: `all ${many}`, count: many, size: 20 }));
        assert.deepEqual(
          items.map(({ nth }) => nth),
          Array.from({ length: many }, (_, nth) => nth),
        );
        await until(() => scene.desk.progress(`all ${many}`).closed === 1);
      }
    },
  },
  {
    name: 'a stream that nobody reads has not begun',
    async holds(scene) {
      itemsOf(scene, { name: 'unread', count: 3, size: 1 });
      await ask(scene, 'echo', { value: 1 });
      assert.equal(scene.desk.progress('unread').begun, 0);
    },
  },
  {
    name: 'a refusal in the middle of a stream arrives after what came before it',
    async holds(scene) {
      const nths: number[] = [];
      const reading = async () => {
        const flow = { name: 'refusing', count: 10, size: 10, breaksAfter: 4 };
        for await (const { nth } of itemsOf(scene, flow)) nths.push(nth);
      };
      const error = await failureOf(reading());
      assert.ok(contract.errors.refused.is(error), String(error));
      assert.deepEqual(nths, [0, 1, 2, 3]);
    },
  },
  {
    name: 'a refusal before the first item is the answer',
    async holds(scene) {
      const flow = { name: 'at once', count: 10, size: 10, breaksAfter: 0 };
      const error = await failureOf(all(itemsOf(scene, flow)));
      assert.ok(error instanceof Failure);
      assert.deepEqual(error.details, { why: 'enough', nested: [] });
    },
  },
  {
    name: 'who reads a stream slowly holds up its source',
    async holds(scene) {
      const items = itemsOf(scene, { name: 'slow', count, size })[Symbol.asyncIterator]();
      await items.next();
      await settled(() => scene.desk.progress('slow').given);
      const { given } = scene.desk.progress('slow');
      assert.ok(given * size < mostAhead, `${given} items ahead`);
      await items.return?.();
    },
  },
  {
    name: 'who leaves a stream stops its source',
    async holds(scene) {
      for await (const { nth } of itemsOf(scene, { name: 'left', count, size })) {
        if (nth === 3) break;
      }
      await until(() => scene.desk.progress('left').closed === 1, { timeoutMs: 3000 });
      assert.ok(scene.desk.progress('left').given * size < mostAhead);
    },
  },
  {
    name: 'when the caller of a stream goes, a source that waits is stopped',
    async holds(scene) {
      const gone = new AbortController();
      const flow = { name: 'waiting', count: -2, size: 1 };
      const reading = all(itemsOf(scene, flow, someContext({ gone })));
      const ended = failureOf(reading);
      await until(() => scene.desk.progress('waiting').given === 2);
      gone.abort();
      await ended;
      await until(() => scene.desk.progress('waiting').closed === 2, { timeoutMs: 3000 });
    },
  },
];

function itemsOf(scene: CallScene, flow: object, ctx = someContext()): AsyncIterable<Item> {
  return ask(scene, 'items', flow, ctx) as unknown as AsyncIterable<Item>;
}
