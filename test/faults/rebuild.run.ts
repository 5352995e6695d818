import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { freePort } from '#test/free-port';

import { rebuildUnderOrders } from './rebuild-under-orders.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000' },
    rebuilds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});

const dataDir = mkdtempSync(join(tmpdir(), 'seamline-'));
try {
  const report = await rebuildUnderOrders(
    { port: await freePort(), dataDir },
    {
      orders: Number(values.orders),
      rebuilds: Number(values.rebuilds),
      seed: Number(values.seed),
    },
  );
  const { told, live, rebuilt, ...rest } = report;
  console.table(rest);
  const columns = ['orders', 'gross', 'refunds', 'net'];
  const named = (sales: readonly number[]) =>
    Object.fromEntries(columns.map((column, index) => [column, sales[index]]));
  console.table({
    'told to customers': named(told),
    'projected live': named(live),
    'made anew': named(rebuilt),
  });
  const isExact = [live, rebuilt].every((sales) => JSON.stringify(sales) === JSON.stringify(told));
  if (!isExact || !report.isSameByProduct) throw new Error('The reports differ.');
  console.log('live and made anew: equal to the cent, in sum and by product');
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
