import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { someContext } from '#test/call-context';
import { openDesk, openDeskStore } from '#test/call-desk';
import { desk as contract } from '#test/call-desk-contract';
import { openHttpScene } from '#test/call-scenes';
import { freshPlace } from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import { openHttpHost } from '#test/http-hosts';
import { inChunks } from '#test/pictures';
import { until } from '#test/until';

import { ask, failureOf } from './call-fact.ts';

const store = await openDeskStore(await freshPlace({ name: 'sqlite' }, fileEnd));
fileEnd.after(() => store.close());

for (const mode of ['stream', 'request'] as const) {
  test(`${mode}: as many streams as a host lets out take no call's way`, async (t) => {
    const scene = await openHttpScene(store, mode);
    t.after(() => scene.close());
    const items = scene.transport.connect('shop', 'desk', 'items');
    const readers = Array.from({ length: 1064 }, () => {
      const flow = items(someContext({ timeoutMs: 60_000 }), {
        ...{ name: 'staying', count: -1, size: 1 },
      }) as AsyncIterable<unknown>;
      return flow[Symbol.asyncIterator]();
    });
    const first = readers.map((reader) => reader.next());
    await until(() => scene.desk.progress('staying').given === readers.length);
    await Promise.all(first);
    const calls = Array.from({ length: 512 }, (_, value) => ask(scene, 'echo', { value }));
    assert.equal((await Promise.all(calls)).length, 512);
    assert.deepEqual(scene.consumer.balancer.outcomes.failed, 0);
    await Promise.all(readers.map((reader) => reader.return?.()));
  });

  test(`${mode}: who finds no room was not asked, which is no fault of the instance`, async (t) => {
    const scene = await openHttpScene(store, mode, { limits: { callsInFlight: 2 } });
    t.after(() => scene.close());
    await ask(scene, 'echo', { value: 0 });
    const held = [ask(scene, 'wait', { name: 'held' }), ask(scene, 'wait', { name: 'held' })];
    await until(() => scene.desk.progress('held').begun === 2);
    const refused = await failureOf(ask(scene, 'echo', { value: 1 }));
    assert.ok(callFailures.notAsked.is(refused), String(refused));
    assert.match(refused.details.why, /2 calls are in flight/);
    assert.equal(scene.consumer.balancer.outcomes.failed, 0);
    scene.desk.release('held');
    await Promise.all(held);
    assert.deepEqual(await ask(scene, 'echo', { value: 2 }), { value: 2 });
  });

  test(`${mode}: a stream on which nothing comes for long is no stalled connection`, async (t) => {
    const stalledTimeoutMs = 300;
    const scene = await openHttpScene(store, mode, {}, { listener: { stalledTimeoutMs } });
    t.after(() => scene.close());
    const invoke = scene.transport.connect('shop', 'desk', 'items');
    const items = invoke(someContext(), { name: 'quiet', count: -1, size: 1 });
    const reader = (items as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    assert.deepEqual((await reader.next()).value, { nth: 0, text: 'x' });
    const end = reader.next();
    // What is bound by that time ends: then it is over for the stream too.
    const stalled = connect(scene.provider.port, '127.0.0.1');
    await once(stalled.resume(), 'close');
    const next = await Promise.race([end, ask(scene, 'echo', { value: 'it is still open' })]);
    assert.deepEqual(next, { value: 'it is still open' });
    scene.desk.release('quiet');
    assert.equal((await end).done, true);
  });

  test(`${mode}: bytes may come for longer than the body of a request may take`, async (t) => {
    const listener = { requestTimeoutMs: 300 };
    const scene = await openHttpScene(store, mode, {}, { listener });
    t.after(() => scene.close());
    const goOn = Promise.withResolvers<void>();
    async function* slowly() {
      yield Buffer.from('first');
      await goOn.promise;
      yield Buffer.from('last');
    }
    const kept = ask(scene, 'keep', { name: 'slow' }, someContext(), undefined, slowly());
    await until(() => scene.desk.progress('slow').given === 1);
    const late = connect(scene.provider.port, '127.0.0.1');
    late.write('POST / HTTP/1.1\r\nhost: desk\r\ncontent-length: 5\r\n\r\n');
    await once(late.resume(), 'close');
    goOn.resolve();
    assert.equal(((await kept) as { size: number }).size, 'firstlast'.length);
  });

  test(`${mode}: an upload that finds an instance leaving reaches another one whole`, async (t) => {
    const scene = await openHttpScene(store, mode);
    t.after(() => scene.close());
    const contracts = [contract];
    const second = await openHttpHost({ host: 'second', modules: ['desk'], contracts });
    t.after(() => second.close());
    const other = openDesk(store);
    second.transport.calls.serve(other.served);
    const bytes = Buffer.alloc(300_000, 'a picture');
    const keep = async (name: string) => {
      const kept = ask(scene, 'keep', { name }, someContext(), undefined, inChunks(bytes));
      assert.equal(((await kept) as { size: number }).size, bytes.length);
    };
    await keep('before');
    await scene.provider.transport.endpoint.drain(5000);
    scene.consumer.balancer.add('desk', { id: 'desk-2', url: second.url });
    for (let time = 0; time < 4; time += 1) await keep('after');
    assert.equal(other.progress('after').begun, 4);
  });
}

test('request: who gave up before there was a connection stands in nobody’s way', async (t) => {
  const scene = await openHttpScene(store, 'request', { limits: { sockets: 1 } });
  t.after(() => scene.close());
  const held = ask(scene, 'wait', { name: 'holds the connection' });
  await until(() => scene.desk.progress('holds the connection').begun === 1);
  for (let round = 0; round < 20; round += 1) {
    const late = Array.from({ length: 1000 }, () =>
      failureOf(ask(scene, 'echo', { value: 1 }, someContext({ timeoutMs: 1 }))),
    );
    for (const error of await Promise.all(late)) assert.ok(callFailures.deadlinePassed.is(error));
  }
  scene.desk.release('holds the connection');
  await held;
  assert.deepEqual(await ask(scene, 'echo', { value: 2 }), { value: 2 });
});
