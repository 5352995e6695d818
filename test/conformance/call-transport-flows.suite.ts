import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { Failure } from '#kernel/failure';
import type { Bytes } from '#kernel/ports/bytes';
import { someContext } from '#test/call-context';
import { desk as contract } from '#test/call-desk-contract';
import { until } from '#test/until';

import { ask, type CallFact, type CallScene, failureOf, type Shown } from './call-fact.ts';

type Item = { nth: number; text: string };

/** A source may be so far ahead of a reader that has stopped: what is on the way and in buffers. */
const mostAhead = 12_000_000;
const size = 60_000;
/** More than may be on the way. */
const count = Math.ceil((mostAhead * 3) / size);

/** What flows: items, and bytes in either direction. */
export const flowFacts: readonly CallFact[] = [
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
  {
    name: 'bytes arrive whole, however they were cut',
    async holds(scene) {
      const cuts = [[], [Buffer.alloc(0)], [Buffer.from('a')], cut(3_000_000, 1_000_001)];
      for (const [nth, chunks] of [...cuts, cut(2000, 1)].entries()) {
        const kept = await keep(scene, { name: `whole ${nth}` }, from(chunks));
        const whole = Buffer.concat(chunks);
        assert.deepEqual(kept, { size: whole.length, sha256: sha256(whole) });
      }
    },
  },
  {
    name: 'who takes bytes slowly holds up whoever gives them',
    async holds(scene) {
      const source = counted(count, size);
      const kept = keep(scene, { name: 'taker', pauseAfter: 1 }, source.bytes);
      await until(() => scene.desk.progress('taker').given === 1);
      await settled(() => source.given);
      assert.ok(source.given * size < mostAhead, `${source.given} chunks ahead`);
      scene.desk.release('taker');
      assert.equal((await kept).size, count * size);
    },
  },
  {
    name: 'bytes that the provider does not read are not waited for',
    async holds(scene) {
      const source = counted(count, size);
      const { size: read } = await keep(scene, { name: 'deaf', readsNothing: true }, source.bytes);
      assert.equal(read, 0);
      assert.ok(source.given * size < mostAhead);
      await until(() => source.given === 0 || source.closed === 1, { timeoutMs: 3000 });
    },
  },
  {
    name: 'when whoever gives the bytes breaks, the call fails and has no effect',
    async holds(scene) {
      const breaking = async function* () {
        yield Buffer.from('some');
        throw new Error('The reader of the file broke.');
      };
      await failureOf(keep(scene, { name: 'broken' }, breaking()));
      // It may have broken before anything was sent.
      const { progress } = scene.desk;
      await until(() => progress('broken').closed === progress('broken').begun);
    },
  },
  {
    name: 'a download is a head and then its bytes, or a head alone',
    async holds(scene) {
      const { head, bytes } = await show(scene, { name: 'whole', count: 30, size: 100_000 });
      assert.deepEqual(head, { mediaType: 'text/plain', etag: '"1"', name: 'whole' });
      const expected = Array.from({ length: 30 }, (_, nth) => Buffer.alloc(100_000, nth));
      const chunks = await all(bytes as Bytes);
      assert.equal(sha256(Buffer.concat(chunks)), sha256(Buffer.concat(expected)));
      const alone = await show(scene, { name: 'none', count: 1, size: 1, hasNone: true });
      assert.deepEqual([alone.head.name, alone.bytes], ['none', undefined]);
    },
  },
  {
    name: 'who reads a download slowly holds up its source, and who leaves it stops it',
    async holds(scene) {
      const { bytes } = await show(scene, { name: 'reader', count, size });
      const chunks = (bytes as Bytes)[Symbol.asyncIterator]();
      await chunks.next();
      const progress = scene.desk.progress('reader');
      await settled(() => progress.given);
      assert.ok(progress.given * size < mostAhead, `${progress.given} chunks ahead`);
      await chunks.return?.();
      await until(() => progress.closed === 1, { timeoutMs: 3000 });
    },
  },
  {
    name: 'bytes that break off are an error, never the end',
    async holds(scene) {
      const { bytes } = await show(scene, { name: 'breaks', count: 9, size: 9, breaksAfter: 3 });
      let read = 0;
      const reading = async () => {
        for await (const chunk of bytes as Bytes) read += chunk.length;
      };
      await failureOf(reading());
      assert.ok(read <= 27);
    },
  },
];

function itemsOf(scene: CallScene, flow: object, ctx = someContext()): AsyncIterable<Item> {
  return ask(scene, 'items', flow, ctx) as unknown as AsyncIterable<Item>;
}

function show(scene: CallScene, flow: object): Promise<Shown> {
  return ask<Shown>(scene, 'show', flow);
}

function keep(scene: CallScene, input: object, bytes: Bytes) {
  return ask<{ size: number; sha256: string }>(
    scene,
    'keep',
    input,
    someContext(),
    undefined,
    bytes,
  );
}

async function all<T>(flow: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(flow);
}

async function* from(chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A source that tells how far it has been asked. */
function counted(many: number, bytesEach: number) {
  const source = { given: 0, closed: 0, bytes: undefined as unknown as Bytes };
  source.bytes = (async function* () {
    try {
      for (; source.given < many; source.given += 1) yield Buffer.alloc(bytesEach);
    } finally {
      source.closed += 1;
    }
  })();
  return source;
}

function cut(total: number, each: number): readonly Buffer[] {
  const whole = Buffer.alloc(total, 'seamline ');
  const starts = Array.from({ length: Math.ceil(total / each) }, (_, nth) => nth * each);
  return starts.map((start) => whole.subarray(start, start + each));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Resolves when the value has not changed while much else could have happened. */
async function settled(value: () => number): Promise<void> {
  let before = -1;
  let same = 0;
  await until(
    () => {
      same = value() === before ? same + 1 : 0;
      before = value();
      return same === 20;
    },
    { what: 'a source to stop' },
  );
}
