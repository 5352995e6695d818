import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import type { CallTransport } from '#kernel/ports/call-transport';
import { seededRandom } from '#test/random';
import { until } from '#test/until';

import {
  crowd,
  isLate,
  isUnavailable,
  manners,
  orders,
  type Provider,
  plainCalls,
  refuse,
  resilient,
  scene,
  startProvider,
  work,
} from './resilience-scene.ts';

/** A circuit that never opens, where only retries are looked at. */
const noCircuit = { leastCalls: 1_000_000 };

test('a query and a keyed command that nobody answered are sent again, with the same key', async (t) => {
  for (const call of ['get', 'put']) {
    const keys: string[] = [];
    const provider = await startProvider(t);
    failFirst(provider, 2);
    const { calls } = resilient(t, noting(keys, plainCalls(provider.port)), { policy: noCircuit });
    const invoke = calls.connect('gateway', 'orders', call);
    assert.deepEqual(await invoke(work({ key: 'once' }), {}, { key: 'own' }), {});
    assert.deepEqual(keys, ['once:own', 'once:own', 'once:own']);
  }
});

test('a connection that is refused is tried again like one that breaks', async (t) => {
  const gate = createServer().listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const { port } = gate.address() as AddressInfo;
  gate.close();
  await once(gate, 'close');
  const { calls, metrics } = resilient(t, plainCalls(port), { policy: noCircuit });
  const get = calls.connect('gateway', 'orders', 'get');
  await assert.rejects(get(work(), {}) as Promise<unknown>, isUnavailable);
  assert.match(await metrics.render(), /remote_call_retries_total\{module="orders"\} 3/);
});

test('a command without a key is sent once', async (t) => {
  const { provider, put } = await scene(t, { policy: noCircuit });
  provider.behave(manners.reset);
  await assert.rejects(put(work({ key: '' })), isUnavailable);
  assert.equal(provider.arrived, 1);
});

test('never more than three retries, and nothing that was answered or late is repeated', async (t) => {
  const { provider, get } = await scene(t, { policy: noCircuit });
  provider.behave(manners.reset);
  await assert.rejects(get(), isUnavailable);
  assert.equal(provider.arrived, 4);

  provider.behave(refuse(orders.errors.soldOut()));
  await assert.rejects(get(), orders.errors.soldOut.is);
  assert.equal(provider.arrived, 5);

  provider.behave(manners.hang);
  await assert.rejects(get(work({ timeoutMs: 1_000 })), isLate);
  assert.equal(provider.arrived, 6);
});

test('the pause begins at nothing: p-retry’s own jitter would always wait a whole delay', async (t) => {
  const policy = { ...noCircuit, retry: { firstDelayMs: 3_600_000, maxDelayMs: 3_600_000 } };
  const { provider, get } = await scene(t, { policy, random: () => 0 });
  failFirst(provider, 3);
  assert.deepEqual(await get(), {});
});

test('a pause that the caller will not wait for is not begun', async (t) => {
  const policy = { ...noCircuit, retry: { firstDelayMs: 60_000, maxDelayMs: 60_000 } };
  const { provider, get } = await scene(t, { policy, random: () => 0.999 });
  provider.behave(manners.reset);
  await assert.rejects(get(), isUnavailable);
  assert.equal(provider.arrived, 1);
});

test('a provider that says when to come back is not asked before', async (t) => {
  const { provider, get } = await scene(t, { policy: noCircuit });
  let refusals = 0;
  const told = callFailures.providerUnavailable({
    ...{ call: 'orders.get', why: 'it is stopping' },
    retryAfter: 1,
  });
  provider.behave((response) => {
    refusals += 1;
    if (refusals === 1) refuse(told)(response);
    else manners.answer(response);
  });
  await get();
  const [first = 0, second = 0] = provider.arrivals;
  assert.ok(second - first >= 950, `${second - first} ms`);

  refusals = 0;
  await assert.rejects(get(work({ timeoutMs: 500 })), isUnavailable);
  assert.equal(provider.arrived, 3);
});

test('whoever goes away during the pause is not asked for again', async (t) => {
  const policy = { ...noCircuit, retry: { firstDelayMs: 3_000, maxDelayMs: 3_000 } };
  const { provider, calls, metrics } = await scene(t, { policy, random: () => 0.9 });
  provider.behave(manners.reset);
  const gone = new AbortController();
  const get = calls.connect('gateway', 'orders', 'get');
  const asking = get(work({ gone }), {}) as Promise<unknown>;
  asking.catch(() => undefined);
  await until(async () => /retries_total\{module="orders"\} 1/.test(await metrics.render()));
  gone.abort();
  await assert.rejects(asking, isUnavailable);
  assert.equal(provider.arrived, 1);
  assert.equal(calls.survey()[0]?.inFlight, 0);
});

test('a bug of the transport is shown as it is, and not repeated', async (t) => {
  let sent = 0;
  const broken: CallTransport = {
    name: 'broken',
    serve: () => undefined,
    connect: () => async () => {
      sent += 1;
      throw new TypeError('a bug');
    },
    close: async () => undefined,
  };
  const { calls } = resilient(t, broken);
  const get = calls.connect('gateway', 'orders', 'get');
  await assert.rejects(get(work(), {}) as Promise<unknown>, new TypeError('a bug'));
  assert.equal(sent, 1);
});

test('a transport that forgets the deadline does not make its caller wait for ever', async (t) => {
  const deaf: CallTransport = {
    name: 'deaf',
    serve: () => undefined,
    connect: () => () => new Promise(() => undefined),
    close: async () => undefined,
  };
  const { calls } = resilient(t, deaf, { policy: { mostCallMs: 100 } });
  const get = calls.connect('gateway', 'orders', 'get');
  const endless = work({ timeoutMs: Number.POSITIVE_INFINITY });
  for (const ctx of [work({ timeoutMs: 60 }), endless]) {
    await assert.rejects(get(ctx, {}) as Promise<unknown>, isLate);
  }
  assert.equal(calls.survey()[0]?.inFlight, 0);
});

test('a retry that meets an open circuit tells of the call that was made', async (t) => {
  const policy = { leastCalls: 10, openMs: 60_000 };
  const { provider, get } = await scene(t, { policy });
  provider.behave(manners.reset);
  const all = await crowd(40, get);
  assert.ok(all.every(isUnavailable), `${all.find((one) => !isUnavailable(one))}`);
  assert.ok(provider.arrived < 80, `${provider.arrived} attempts`);
});

test('the budget bounds retries over all callers: a burst, then a fifth of what is answered', async (t) => {
  const { provider, calls, get, put } = await scene(t, {
    policy: { ...noCircuit, retryBurst: 20 },
  });
  provider.behave(manners.reset);
  for (let round = 0; round < 10; round += 1) await crowd(20, round % 2 ? get : put);
  assert.equal(provider.arrived, 200 + 20);

  provider.behave(manners.answer);
  await crowd(50, get);
  assert.equal(calls.survey()[0]?.retriesLeft, 10);
  provider.behave(manners.reset);
  const before = provider.arrived;
  await crowd(50, get);
  assert.equal(provider.arrived, before + 50 + 10);
});

test('what failed together does not come back together', async (t) => {
  const policy = {
    ...{ ...noCircuit, retryBurst: 1_000, mostRetries: 1 },
    retry: { firstDelayMs: 10_000, maxDelayMs: 10_000 },
  };
  const { provider, get } = await scene(t, { policy, random: seededRandom(34) });
  const held: (() => void)[] = [];
  provider.behave((response) => held.push(() => manners.reset(response)));
  const all = crowd(200, () => get(work({ timeoutMs: 60_000 })));
  await until(() => held.length === 200);
  provider.behave(manners.answer);
  for (const reset of held) reset();
  assert.deepEqual(await all, new Array(200).fill({}));
  const retries = provider.arrivals.slice(200);
  const began = retries[0] as number;
  const perSecond = new Array<number>(11).fill(0);
  for (const at of retries) perSecond[Math.min(10, Math.floor((at - began) / 1_000))]! += 1;
  assert.ok(Math.max(...perSecond) < 60, `retries in each second: ${perSecond}`);
});

function failFirst(provider: Provider, count: number): void {
  provider.behave((response) => {
    if (provider.arrived <= count) manners.reset(response);
    else manners.answer(response);
  });
}

/** The same transport, with a note of each key that it is given. */
function noting(keys: string[], transport: CallTransport): CallTransport {
  return {
    ...transport,
    connect(caller, contract, call) {
      const invoke = transport.connect(caller, contract, call);
      return (ctx, input, options) => {
        keys.push(`${ctx.key}:${options?.key}`);
        return invoke(ctx, input, options);
      };
    },
  };
}
