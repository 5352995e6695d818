import assert from 'node:assert/strict';
import test from 'node:test';

import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { temporaryFolder } from '#test/temp-folder';

import { rebuildUnderOrders } from './rebuild-under-orders.ts';

test('reports made anew while orders go on are equal to the live ones, to the cent', async () => {
  const place = { port: await freePort(), dataDir: temporaryFolder(fileEnd) };
  const report = await rebuildUnderOrders(place, { orders: 100, rebuilds: 2, seed: 3 });
  assert.ok(report.ordersDuringRebuilds >= 40, 'orders went on during the rebuilds');
  assert.deepEqual(report.live, report.told);
  assert.deepEqual(report.rebuilt, report.told);
  assert.equal(report.isSameByProduct, true);
});
