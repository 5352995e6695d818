import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { defineContract, download, stream, upload } from '#kernel/contract';
import type { Bytes, Download } from '#kernel/ports/bytes';
import type { CallTransport, Invoke } from '#kernel/ports/call-transport';
import type { EdgePolicy } from '#kernel/resilience/edge-policy';
import { FileHead, Type } from '#kernel/schema';
import { until } from '#test/until';

import { isLate, isNotAsked, isUnavailable, resilient, work } from './resilience-scene.ts';

const Nothing = Type.Object({});
const media = defineContract('media', {
  calls: {
    follow: stream('Follows.', { input: Nothing, output: Nothing }),
    fetch: download('Fetches.', { input: Nothing, output: FileHead }),
    store: upload('Stores.', { input: Nothing, output: Nothing }),
  },
  events: {},
  errors: {},
});

const oneRoom = { inFlight: 1, waiting: 0 };
const unreached = (call: string) => callFailures.providerUnavailable({ call, why: 'gone' });

test('an upload and a download are sent once, and count for the circuit', async (t) => {
  for (const call of ['store', 'fetch']) {
    let sent = 0;
    const { calls, ask } = scene(t, call, () => {
      sent += 1;
      return Promise.reject(unreached(`media.${call}`));
    });
    for (let time = 0; time < 10; time += 1) await assert.rejects(ask(), isUnavailable);
    await assert.rejects(ask(), isNotAsked);
    assert.equal(sent, 10);
    assert.equal(calls.survey()[0]?.circuit, 'open');
  }
});

test('a download keeps its place until its bytes have flowed, or their reader has left', async (t) => {
  const { calls, ask } = scene(t, 'fetch', async () => ({ head: {}, bytes: threeBytes() }), {
    bytes: oneRoom,
  });
  for (const read of [all, first]) {
    const { bytes } = (await ask()) as Download<unknown>;
    await assert.rejects(ask(), isNotAsked);
    await read(bytes as Bytes);
    assert.equal(calls.survey()[0]?.inFlight, 0);
  }
});

test('a download that nobody reads gives its place back when its time is over', async (t) => {
  const { calls, ask } = scene(t, 'fetch', async () => ({ head: {}, bytes: threeBytes() }), {
    bytes: oneRoom,
  });
  await ask(100);
  await until(() => calls.survey()[0]?.inFlight === 0);
  await ask();
});

test('a download without bytes keeps no place', async (t) => {
  const { calls, ask } = scene(t, 'fetch', async () => ({ head: {}, bytes: undefined }));
  assert.deepEqual(await ask(), { head: {}, bytes: undefined });
  assert.equal(calls.survey()[0]?.inFlight, 0);
});

test('a stream flows item by item, and gives its place back at its end or when it is left', async (t) => {
  let left = 0;
  const { calls, flow } = scene(
    t,
    'follow',
    async function* () {
      try {
        yield* [1, 2, 3];
      } finally {
        left += 1;
      }
    },
    { streams: oneRoom },
  );
  assert.deepEqual(await Array.fromAsync(flow()), [1, 2, 3]);
  for await (const item of flow()) {
    assert.equal(item, 1);
    await assert.rejects(Array.fromAsync(flow()), isNotAsked);
    break;
  }
  assert.equal(left, 2);
  assert.equal(calls.survey()[0]?.inFlight, 0);
});

test('a stream that waits for an item can be left at once', async (t) => {
  const { calls, flow } = scene(t, 'follow', () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: async () => ({ done: true, value: undefined }),
    }),
  }));
  const items = flow()[Symbol.asyncIterator]();
  void items.next();
  assert.equal(calls.survey()[0]?.inFlight, 1);
  await items.return?.();
  assert.equal(calls.survey()[0]?.inFlight, 0);
});

test('a quiet stream ends with its time, and has not failed', async (t) => {
  const { calls, flow } = scene(t, 'follow', () => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
  }));
  await Promise.all(
    Array.from({ length: 20 }, () => assert.rejects(Array.fromAsync(flow(80)), isLate)),
  );
  assert.deepEqual(calls.survey()[0], { ...calls.survey()[0], circuit: 'closed', inFlight: 0 });
});

test('streams that nobody answers open the circuit, and one that is answered closes it', async (t) => {
  let works = false;
  const { calls, flow } = scene(
    t,
    'follow',
    async function* () {
      if (!works) throw unreached('media.follow');
      yield 1;
    },
    { openMs: 50 },
  );
  for (let time = 0; time < 10; time += 1) {
    await assert.rejects(Array.fromAsync(flow()), isUnavailable);
  }
  assert.equal(calls.survey()[0]?.circuit, 'open');
  await assert.rejects(Array.fromAsync(flow()), isNotAsked);
  works = true;
  await until(() => calls.survey()[0]?.circuit === 'half-open');
  assert.deepEqual(await Array.fromAsync(flow()), [1]);
  assert.equal(calls.survey()[0]?.circuit, 'closed');
});

function scene(t: TestContext, call: string, invoke: Invoke, policy: Partial<EdgePolicy> = {}) {
  const transport: CallTransport = {
    name: 'told',
    serve: () => undefined,
    connect: () => invoke,
    close: async () => undefined,
  };
  const options = { contracts: [media], policy: { openMs: 60_000, ...policy } };
  const { calls } = resilient(t, transport, options);
  const guarded = calls.connect('gateway', 'media', call);
  return {
    calls,
    ask: async (timeoutMs = 5_000) => await guarded(work({ timeoutMs }), {}),
    flow: (timeoutMs = 5_000) => guarded(work({ timeoutMs }), {}) as AsyncIterable<unknown>,
  };
}

async function* threeBytes(): Bytes {
  for (const byte of [1, 2, 3]) yield Uint8Array.of(byte);
}

async function all(bytes: Bytes): Promise<void> {
  assert.equal((await Array.fromAsync(bytes)).length, 3);
}

async function first(bytes: Bytes): Promise<void> {
  for await (const chunk of bytes) {
    assert.equal(chunk[0], 1);
    return;
  }
}
