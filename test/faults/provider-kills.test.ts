import assert from 'node:assert/strict';
import { test } from 'node:test';

import { killUnderOrders } from './kill-9.ts';

test('killed under orders, with a provider that does whatever can go wrong, money stays exact', async (t) => {
  const plan = { kills: 5, seed: 20_261_123, clients: 6, provider: 'http' } as const;
  const { provider, ...report } = await killUnderOrders(plan);

  t.diagnostic(JSON.stringify(report));
  t.diagnostic(JSON.stringify(provider));
  assert.ok(report.hits > 0, 'at least one kill hit while orders were in flight');
  assert.ok(report.completed > 0);
  const misdeeds = Object.keys(provider).filter((what) => !what.endsWith(' well'));
  assert.ok(misdeeds.length >= 5, 'the provider misbehaved in several ways');
});
