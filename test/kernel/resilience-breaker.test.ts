import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CallBroke, callFailures } from '#kernel/calls/call-failures';
import { until } from '#test/until';

import {
  crowd,
  isLate,
  isNotAsked,
  isUnavailable,
  manners,
  orders,
  refuse,
  scene,
  work,
} from './resilience-scene.ts';

const noRetries = { mostRetries: 0 };

test('one failure, or nine, open nothing; the tenth of ten does, and then nobody is asked', async (t) => {
  const { provider, calls, get } = await scene(t, { policy: { ...noRetries, openMs: 60_000 } });
  provider.behave(manners.reset);
  for (let call = 1; call <= 9; call += 1) await assert.rejects(get(), isUnavailable);
  assert.equal(circuit(calls), 'closed');
  await assert.rejects(get(), isUnavailable);
  assert.equal(circuit(calls), 'open');

  const before = provider.arrived;
  await assert.rejects(get(), (error) => {
    assert.ok(isNotAsked(error));
    assert.equal(error.status, 503);
    assert.ok(error.details.retryAfter >= 1);
    return true;
  });
  assert.equal(provider.arrived, before);
});

test('one probe closes the circuit; all others are refused while it runs', async (t) => {
  const { provider, calls, get } = await scene(t, { policy: noRetries });
  provider.behave(manners.reset);
  await crowd(12, get);
  let release: (() => void) | undefined;
  provider.behave((response) => {
    release = () => manners.answer(response);
  });
  await until(() => circuit(calls) === 'half-open');
  const before = provider.arrived;
  const probe = get();
  const others = await crowd(20, get);
  assert.ok(others.every(isNotAsked));
  await until(() => release);
  provider.behave(manners.answer);
  release?.();
  await probe;
  assert.equal(provider.arrived, before + 1);
  assert.equal(circuit(calls), 'closed');
  assert.deepEqual(await get(), {});
});

test('a hung probe keeps nobody out: the circuit opens again, and the next probe heals it', async (t) => {
  const { provider, calls, get } = await scene(t, { policy: noRetries });
  provider.behave(manners.reset);
  await crowd(12, get);
  provider.behave(manners.hang);
  await until(() => circuit(calls) === 'half-open');
  const hung = get(work({ timeoutMs: 60_000 })).catch((error) => error);
  await until(() => circuit(calls) === 'open', { what: 'the hung probe to be given up' });
  provider.behave(manners.answer);
  await until(async () => (await get().catch(() => undefined)) !== undefined);
  assert.equal(circuit(calls), 'closed');
  void hung;
});

test('a probe that is slow gets its answer all the same, and closes the circuit with it', async (t) => {
  const { provider, calls, get } = await scene(t, { policy: { ...noRetries, openMs: 200 } });
  provider.behave(manners.reset);
  await crowd(12, get);
  let release: (() => void) | undefined;
  provider.behave((response) => {
    release = () => manners.answer(response);
  });
  await until(() => circuit(calls) === 'half-open');
  const slow = get(work({ timeoutMs: 60_000 }));
  await until(() => circuit(calls) === 'open');
  release?.();
  assert.deepEqual(await slow, {});
  assert.equal(circuit(calls), 'closed');
});

test('a probe whose caller went away proves nothing: the circuit stays open', async (t) => {
  const { provider, calls, get } = await scene(t, { policy: noRetries });
  provider.behave(manners.reset);
  await crowd(12, get);
  provider.behave(manners.hang);
  await until(() => circuit(calls) === 'half-open');
  const before = provider.arrived;
  const gone = new AbortController();
  const probe = get(work({ gone })).catch((error) => error);
  await until(() => provider.arrived > before);
  gone.abort();
  await probe;
  assert.notEqual(circuit(calls), 'closed');
});

test('failures from before the circuit opened do not open it again at the first new one', async (t) => {
  const { provider, calls, get } = await scene(t, { policy: noRetries });
  provider.behave(manners.reset);
  await crowd(30, get);
  provider.behave(manners.answer);
  await until(() => circuit(calls) === 'half-open');
  await get();
  provider.behave(manners.reset);
  for (let call = 1; call <= 9; call += 1) await assert.rejects(get(), isUnavailable);
  assert.equal(circuit(calls), 'closed');
});

test('what a provider answers is no failure of the provider, whatever it answers', async (t) => {
  const answers = [
    orders.errors.soldOut(),
    orders.errors.tooMany(),
    callFailures.invalidInput({ call: 'orders.get', errors: [] }),
    callFailures.providerUnavailable({ call: 'payments.charge', why: 'its own provider' }),
    callFailures.deadlinePassed({ call: 'payments.charge' }),
    new CallBroke('orders.get', new Error('a bug')),
  ];
  for (const answer of answers) {
    const { provider, calls, get } = await scene(t);
    provider.behave(refuse(answer));
    await crowd(30, get);
    assert.equal(circuit(calls), 'closed', `${answer}`);
    assert.equal(provider.arrived, 30, `${answer} was repeated`);
  }
});

test('overload here counts for nothing there: what found no room does not open the circuit', async (t) => {
  const { provider, calls, get, metrics } = await scene(t, {
    policy: { calls: { inFlight: 5, waiting: 10 } },
  });
  const held: (() => void)[] = [];
  provider.behave((response) => held.push(() => manners.answer(response)));
  const inside = crowd(15, get);
  await until(() => held.length === 5);
  const refused = await crowd(200, get);
  assert.ok(refused.every(isNotAsked));
  assert.equal(circuit(calls), 'closed');
  assert.equal(calls.survey()[0]?.waiting, 10);

  provider.behave(manners.answer);
  for (const release of held) release();
  assert.deepEqual(await inside, new Array(15).fill({}));
  assert.equal(provider.peak, 5);
  assert.match(
    await metrics.render(),
    /remote_calls_not_asked_total\{module="orders",why="full"\} 200/,
  );
  assert.match(await metrics.render(), /remote_circuit_state\{module="orders"\} 0/);
});

test('callers that run out of time leave their room only with their call', async (t) => {
  const { provider, get } = await scene(t, {
    policy: { ...noRetries, calls: { inFlight: 5, waiting: 100 }, leastCalls: 1_000 },
  });
  provider.behave(manners.hang);
  const ended = await crowd(50, () => get(work({ timeoutMs: 1_000 })));
  assert.ok(ended.every((error) => isLate(error) || isNotAsked(error)));
  assert.ok(provider.arrived >= 5);
  assert.ok(provider.peak <= 5, `${provider.peak} at once`);
});

test('a call that runs out of time takes no other with it, in flight or later', async (t) => {
  const { provider, get } = await scene(t, { policy: noRetries });
  const held: (() => void)[] = [];
  provider.behave((response) => held.push(() => manners.answer(response)));
  const patient = get();
  await until(() => held.length === 1);
  await assert.rejects(get(work({ timeoutMs: 1_000 })), isLate);
  const later = get();
  await until(() => held.length === 3);
  for (const release of held) release();
  assert.deepEqual(await Promise.all([patient, later]), [{}, {}]);
});

test('a hung provider opens the circuit, and callers in too great a hurry do not', async (t) => {
  const policy = { ...noRetries, fairMs: 200, openMs: 60_000 };
  const { provider, calls, get } = await scene(t, { policy });
  provider.behave(manners.hang);
  await crowd(20, () => get(work({ timeoutMs: 50 })));
  assert.equal(circuit(calls), 'closed');
  await crowd(40, () => get(work({ timeoutMs: 400 })));
  assert.equal(circuit(calls), 'open');
});

test('a caller that goes away counts for nothing, however many do', async (t) => {
  const { provider, calls, get } = await scene(t);
  provider.behave(manners.hang);
  const gone = new AbortController();
  const leaving = crowd(40, () => get(work({ gone })));
  await until(() => provider.arrived === 40);
  gone.abort();
  await leaving;
  assert.equal(circuit(calls), 'closed');
  provider.behave(manners.answer);
  assert.deepEqual(await get(), {});
});

function circuit(calls: { survey(): readonly { circuit: string }[] }): string | undefined {
  return calls.survey()[0]?.circuit;
}
