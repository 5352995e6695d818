import assert from 'node:assert/strict';
import { test } from 'node:test';

import { killUnderOrders } from './kill-9.ts';

test('killed at random moments under orders, the shop loses and doubles nothing', async (t) => {
  const report = await killUnderOrders({ kills: 8, seed: 20_261_122, clients: 6 });

  t.diagnostic(JSON.stringify(report));
  assert.ok(report.hits > 0, 'at least one kill hit while orders were in flight');
  assert.ok(report.completed > 0);
});
