import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { defineContract, query } from '#kernel/contract';
import type { CallContext } from '#kernel/ports/call-context';
import type { CallTransport } from '#kernel/ports/call-transport';
import type { EdgePolicy } from '#kernel/resilience/edge-policy';
import { Type } from '#kernel/schema';
import { until } from '#test/until';

import {
  crowd,
  manners,
  orders,
  plainCalls,
  resilient,
  startProvider,
  work,
} from './resilience-scene.ts';

const Nothing = Type.Object({});
const shop = defineContract('shop', {
  calls: { show: query('Shows orders.', { input: Nothing, output: Nothing }) },
  events: {},
  errors: {},
});

const rounds = 30;
const perRound = 25;

test('a dead dependency at the end of a chain is asked at most 1.2 times as often', async (t) => {
  // Without the circuit, so that the budget alone must hold.
  const { provider, middle, show } = await chain(t, { leastCalls: 1_000_000 });
  provider.behave(manners.reset);
  await storm(show);
  const offered = rounds * perRound;
  assert.ok(provider.arrived > offered, 'no retry was made: nothing was proven');
  assert.ok(provider.arrived <= offered * 1.2, `${provider.arrived} of ${offered}`);
  assert.equal(middle.asked, offered, 'the middle was asked again for what it had answered');
});

test('with the circuit it is hardly asked at all, and serves again soon after it heals', async (t) => {
  const { provider, show } = await chain(t, {});
  provider.behave(manners.reset);
  await storm(show);
  const offered = rounds * perRound;
  assert.ok(provider.arrived >= 10 && provider.arrived <= offered / 2, `${provider.arrived}`);

  provider.behave(manners.answer);
  await until(async () => (await show().catch(() => undefined)) !== undefined);
  assert.deepEqual(await crowd(100, show), new Array(100).fill({}));
});

async function storm(show: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await crowd(perRound, show);
}

/** gateway → shop → orders, with an edge before each of the two providers. */
async function chain(t: TestContext, policy: Partial<EdgePolicy>) {
  const provider = await startProvider(t);
  const inner = resilient(t, plainCalls(provider.port), { policy });
  const getOrder = inner.calls.connect('shop', 'orders', orders.calls.get.name);
  const middle = { asked: 0 };
  const shopHost: CallTransport = {
    name: 'shop',
    serve: () => undefined,
    connect: () => async (ctx: CallContext) => {
      middle.asked += 1;
      return await getOrder(ctx, {});
    },
    close: async () => undefined,
  };
  const outer = resilient(t, shopHost, { policy, contracts: [shop] });
  const invoke = outer.calls.connect('gateway', 'shop', 'show');
  return { provider, middle, show: async () => await invoke(work(), {}) };
}
