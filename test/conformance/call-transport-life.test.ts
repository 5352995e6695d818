import assert from 'node:assert/strict';
import test from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import type { Failure } from '#kernel/failure';
import type { CallTransport } from '#kernel/ports/call-transport';
import { someContext } from '#test/call-context';
import { openDesk, openDeskStore } from '#test/call-desk';
import { desk as contract } from '#test/call-desk-contract';
import { openHttpScene } from '#test/call-scenes';
import { startDeskProcess } from '#test/desk-process';
import { freshPlace } from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import { openHttpHost } from '#test/http-hosts';
import { inChunks } from '#test/pictures';
import { staticTrust } from '#test/static-trust';
import { openTcpProxy } from '#test/tcp-proxy';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { failureOf } from './call-fact.ts';

const store = await openDeskStore(await freshPlace({ name: 'sqlite' }, fileEnd));
fileEnd.after(() => store.close());

const modes = ['stream', 'request'] as const;
const quick = { beatMs: 200, connectMs: 1000, firstBackoffMs: 5, lastBackoffMs: 50 };

for (const mode of modes) {
  test(`${mode}: a provider that is killed in the middle of a call fails it as unavailable`, async (t) => {
    const { transport, desk } = await openApart(t, mode);
    const waiting = failureOf(wait(transport, 'killed'));
    await answersEcho(transport);
    desk.kill('SIGKILL');
    assert.ok(callFailures.providerUnavailable.is(await waiting));
  });

  test(`${mode}: a provider that stands still is noticed, and asked again when it goes on`, async (t) => {
    const { transport, desk } = await openApart(t, mode);
    const waiting = failureOf(wait(transport, 'frozen'));
    await answersEcho(transport);
    desk.kill('SIGSTOP');
    const error = await waiting;
    assert.ok(callFailures.providerUnavailable.is(error), String(error));
    assert.match((error as Failure<{ why: string }>).details.why, /sign of life/);
    desk.kill('SIGCONT');
    await until(() => answersEcho(transport));
  });

  test(`${mode}: a provider that leaves fails no call`, async (t) => {
    const scene = await openHttpScene(store, mode, { limits: quick });
    t.after(() => scene.close());
    const second = await openHttpHost({ host: 'second', modules: ['desk'], contracts: [contract] });
    t.after(() => second.close());
    const other = openDesk(store);
    second.transport.calls.serve(other.served);
    scene.consumer.balancer.add('desk', { id: 'desk-2', url: second.url });

    let stopped = false;
    let answered = 0;
    const failures: unknown[] = [];
    const load = Array.from({ length: 16 }, async () => {
      while (!stopped) {
        await echo(scene.transport).then(
          () => (answered += 1),
          (error) => {
            failures.push(error);
            stopped = true;
          },
        );
      }
    });
    try {
      const long = wait(scene.transport, 'long');
      const isBegun = () => scene.desk.progress('long').begun + other.progress('long').begun === 1;
      await until(() => stopped || (answered > 500 && isBegun()));
      const drained = scene.provider.transport.endpoint.drain(5000);
      const before = answered;
      await until(() => stopped || answered > before + 500);
      scene.desk.release('long');
      other.release('long');
      await Promise.all([drained, long]);
    } finally {
      stopped = true;
    }
    await Promise.all(load);
    assert.deepEqual(failures, []);
  });

  test(`${mode}: proofs are renewed while they are needed`, async (t) => {
    const trusts = (host: string) => staticTrust({ host, modules: [host], lifeMs: 1000 });
    const [trust, deskTrust] = [trusts('shop'), trusts('desk')];
    const limits = { ...quick, beatMs: 100 };
    const scene = await openHttpScene(store, mode, { trust, limits }, { trust: deskTrust, limits });
    t.after(() => scene.close());
    const endsAt = performance.now() + 2500;
    while (performance.now() < endsAt) await answersEcho(scene.transport);
    assert.ok(trust.proven.length > 2, `${trust.proven.length} proofs`);
  });

  test(`${mode}: what an instance that has gone did not get reaches another one whole`, async (t) => {
    const scene = await openHttpScene(store, mode, { limits: quick });
    t.after(() => scene.close());
    await answersEcho(scene.transport);
    await scene.provider.close();
    const second = await openHttpHost({ host: 'second', modules: ['desk'], contracts: [contract] });
    t.after(() => second.close());
    second.transport.calls.serve(openDesk(store).served);
    scene.consumer.balancer.add('desk', { id: 'desk-2', url: second.url });

    const { transport } = scene;
    const bytes = Buffer.alloc(300_000, 'a picture');
    for (let time = 0; time < 4; time += 1) {
      const keep = transport.connect('shop', 'desk', 'keep');
      const kept = keep(someContext(), { name: `kept ${time}` }, undefined, inChunks(bytes));
      assert.equal(((await kept) as { size: number }).size, bytes.length);
      const items = transport.connect('shop', 'desk', 'items');
      const flow = items(someContext(), { name: `items ${time}`, count: 3, size: 10 });
      assert.equal((await Array.fromAsync(flow as AsyncIterable<unknown>)).length, 3);
    }
  });

  test(`${mode}: a deadline whose timer ends before the clock says so has passed`, async (t) => {
    let now: number | undefined;
    const clock = { now: () => now ?? Date.now() };
    const scene = await openHttpScene(store, mode, { clock });
    t.after(() => scene.close());
    await answersEcho(scene.transport);
    const gone = new AbortController();
    const ctx = someContext({ gone });
    const waiting = scene.transport.connect('shop', 'desk', 'wait')(ctx, { name: 'rounded' });
    const ended = failureOf(waiting as Promise<unknown>);
    await until(() => scene.desk.progress('rounded').begun === 1);
    now = ctx.deadline - 1;
    gone.abort();
    const error = await ended;
    assert.ok(callFailures.deadlinePassed.is(error), String(error));
  });

  test(`${mode}: who is away is asked again when it is back`, async (t) => {
    const scene = await openHttpScene(store, mode, { limits: quick });
    t.after(() => scene.close());
    await answersEcho(scene.transport);
    await scene.provider.close();
    const error = await failureOf(echo(scene.transport));
    assert.ok(callFailures.providerUnavailable.is(error), String(error));
    const { port } = scene.provider;
    const back = await openHttpHost({
      host: 'desk',
      modules: ['desk'],
      contracts: [contract],
      port,
    });
    t.after(() => back.close());
    back.transport.calls.serve(scene.desk.served);
    await until(() => answersEcho(scene.transport));
  });
}

test('a peer that reads slowly, and has nothing to say itself, is no dead one', async (t) => {
  const limits = { ...quick, beatMs: 100, payloadBytes: 4_000_000 };
  const scene = await openHttpScene(store, 'stream', { limits }, { limits });
  t.after(() => scene.close());
  const proxy = await openTcpProxy(scene.provider.port, t);
  const consumer = await openHttpHost({ modules: ['shop'], contracts: [contract], limits });
  t.after(() => consumer.close());
  consumer.balancer.add('desk', { id: 'desk', url: `http://127.0.0.1:${proxy.port}` });
  const { calls } = consumer.transport;
  await answersEcho(calls);
  proxy.slowDown(20_000_000);
  const inflate = calls.connect('shop', 'desk', 'inflate');
  const size = 1_000_000;
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => inflate(someContext(), { size }) as Promise<{ text: string }>),
  );
  assert.ok(answers.every(({ text }) => text.length === size));
});

test('an instance that is not known yet is waited for, and then missed', async (t) => {
  const consumer = await openHttpHost({ modules: ['shop'], contracts: [contract] });
  t.after(() => consumer.close());
  const error = await failureOf(echo(consumer.transport.calls));
  assert.ok(callFailures.providerUnavailable.is(error));
});

async function openApart(t: { after(end: () => Promise<void>): void }, mode: 'stream' | 'request') {
  const desk = await startDeskProcess(temporaryFolder(fileEnd));
  t.after(() => desk.end());
  const consumer = await openHttpHost({
    ...{ host: 'shop', modules: ['shop'], contracts: [contract], mode, limits: quick },
  });
  t.after(() => consumer.close());
  consumer.balancer.add('desk', { id: 'desk', url: desk.url });
  return { transport: consumer.transport.calls, desk };
}

function echo(transport: CallTransport): Promise<unknown> {
  const ctx = someContext();
  return transport.connect('shop', 'desk', 'echo')(ctx, { value: 1 }) as Promise<unknown>;
}

async function answersEcho(transport: CallTransport): Promise<boolean> {
  await echo(transport);
  return true;
}

function wait(transport: CallTransport, name: string): Promise<unknown> {
  return transport.connect('shop', 'desk', 'wait')(someContext(), { name }) as Promise<unknown>;
}
