import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { startApp } from '#test/app-process';
import { adminEmail, adminPassword, logInAdmin } from '#test/customer';
import { freePort } from '#test/free-port';

import { load, requestText } from './http-load.ts';
import { type Measured, sideBySide } from './measure.ts';
import { TwinDatabase } from './twin-database.ts';
import { startTwin, stopTwin } from './twin-process.ts';

const readers = 8;
const reportsARound = 160;

/** Orders of the last thirty days, one refund in twenty. */
const orders = 20_000;

/** Reads the sales of thirty days, day by day, beside a handler that has one file and two selects. */
export async function benchReports(folder: string): Promise<readonly Measured[]> {
  const port = await freePort();
  const dataDir = join(folder, 'shop');
  const env = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0' };
  const start = () => startApp({ port, dataDir, env });
  await (await start()).stop();
  fillWithSales(join(dataDir, 'analytics.sqlite'));
  const twinFolder = join(folder, 'twin');
  mkdirSync(twinFolder);
  // The twin reads a copy of the very same file.
  cpSync(join(dataDir, 'analytics.sqlite'), join(twinFolder, 'analytics.sqlite'));

  const app = await start();
  try {
    const { token } = await logInAdmin(app.url);
    const twinPort = await freePort();
    const twin = await startTwin('report-twin', twinPort, twinFolder);
    const authorization = `Bearer ${token}`;
    const ours = requestText('GET /api/analytics/reports/sales', { authorization });
    const theirs = requestText('GET /report');
    const measured = await sideBySide(
      [
        {
          name: `seamline sales report of ${orders.toLocaleString('en')} orders`,
          run: (times) => load(port, readers, times, 200, () => ours),
        },
        {
          name: 'bare Express 5 handler, same sums',
          run: (times) => load(twinPort, readers, times, 200, () => theirs),
        },
      ],
      { rounds: 5, times: reportsARound },
    );
    await stopTwin(twin);
    return measured;
  } finally {
    await app.stop();
  }
}

/** Sales as the projection's first generation holds them, evenly over the days until now. */
function fillWithSales(file: string): void {
  const facts = new TwinDatabase(file, []);
  const [now, spanMs] = [Date.now(), 29 * 86_400_000];
  const count = `with recursive sale (n) as (
    select 1 union all select n + 1 from sale where n < ${orders})`;
  const at = `cast(${now} - ${spanMs} * (n * 1.0 / ${orders}) as integer)`;
  facts.commit(() => {
    facts.run(`insert into order_facts
      (generation, order_id, customer, placed_at, completed_at)
      ${count} select 1, 'o' || n, 'c' || (n % 500), ${at}, ${at} from sale`);
    facts.run(`insert into money_facts (generation, id, kind, at, amount, currency)
      ${count} select 1, 'p' || n, 'charge', ${at}, 1250, 'EUR' from sale`);
    facts.run(`insert into money_facts (generation, id, kind, at, amount, currency)
      ${count} select 1, 'r' || n, 'refund', ${at}, 1250, 'EUR' from sale where n % 20 = 0`);
  });
  facts.close();
}
