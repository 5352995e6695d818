import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import type { Bytes } from '#kernel/ports/bytes';
import { someContext } from '#test/call-context';
import { until } from '#test/until';

import { ask, type CallFact, type CallScene, failureOf, type Shown } from './call-fact.ts';
import { all, count, mostAhead, settled, size } from './paced-flow.ts';

/** Bytes, in either direction. */
export const byteFacts: readonly CallFact[] = [
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
    name: 'bytes that come in one large piece wait for who takes them slowly, in either direction',
    async holds(scene) {
      const large = 9_000_000;
      const kept = keep(scene, { name: 'large', pauseAfter: 1 }, from(cut(large, large)));
      await until(() => scene.desk.progress('large').given === 1);
      const { bytes } = await show(scene, { name: 'large too', count: 2, size: large });
      const pieces = (bytes as Bytes)[Symbol.asyncIterator]();
      const first = await pieces.next();
      await ask(scene, 'echo', { value: 'what was on its way has come' });
      scene.desk.release('large');
      assert.equal((await kept).size, large);
      let shown = first.value.length;
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
        shown += next.value.length;
      }
      assert.equal(shown, 2 * large);
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
