import assert from 'node:assert/strict';
import { test } from 'node:test';

import { freshDatabase } from '#test/database';
import { fileEnd } from '#test/file-end';

import { restartInTurn } from './restart-in-turn.ts';

/** Two hosts are enough to show that nothing is lost between them; the run in full has nine. */
const hosts = {
  money: ['orders', 'payments'],
  front: [
    'gateway',
    'demo',
    'users',
    'media',
    'catalog',
    'inventory',
    'notifications',
    'analytics',
  ],
} as const;

const url = process.env.TEST_POSTGRES_URL;

if (url) {
  test('two instances of each host, restarted in turn under orders: no request fails', async (t) => {
    const report = await restartInTurn({
      ...{ hosts, instances: 2, clients: 4, seed: 20_261_126 },
      databaseUrl: await freshDatabase(url, fileEnd),
    });

    t.diagnostic(JSON.stringify(report));
    assert.deepEqual(report.failed, []);
    assert.equal(report.restarted.length, 4);
    assert.ok(report.hits > 0 && report.completed > 0);
  });
}
