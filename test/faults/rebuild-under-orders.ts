import { startApp } from '#test/app-process';
import { adminEmail, adminPassword, type Customer, logInAdmin } from '#test/customer';
import { until } from '#test/until';

import { startCountedLoad } from './counted-load.ts';

type Place = {
  readonly port: number;
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Orders, gross, refunds and net, in minor units. */
export type Sales = readonly number[];

export type RebuildReport = {
  readonly orders: number;
  readonly ordersDuringRebuilds: number;
  readonly rebuilds: number;
  /** As the customers were told, as projected live, and as made anew from the first event. */
  readonly told: Sales;
  readonly live: Sales;
  readonly rebuilt: Sales;
  /** The report of products, row by row, live and made anew. */
  readonly isSameByProduct: boolean;
};

const operatorToken = 'an operator of tests, at least 32 characters';

/**
 * Orders go on while the projection behind the reports is made anew, several times; then the live
 * rows, those made anew, and what the customers were told are there to be compared.
 */
export async function rebuildUnderOrders(
  place: Place,
  { orders, rebuilds, seed }: { orders: number; rebuilds: number; seed: number },
): Promise<RebuildReport> {
  const admins = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword };
  const env = { ...admins, OPERATOR_TOKEN: operatorToken, DEMO: '0', ...place.env };
  const app = await startApp({ ...place, env });
  try {
    const admin = await logInAdmin(app.url);
    const load = await startCountedLoad(admin, seed);
    await load.reaches(20);
    const before = load.orders();
    for (let done = 0; done < rebuilds; done += 1) {
      await rebuild(app.operatorUrl, () => load.reaches(load.orders() + 20));
    }
    const ordersDuringRebuilds = load.orders() - before;
    await load.reaches(orders);
    const told = await load.stop();
    const isTold = async () => JSON.stringify(await salesOf(admin)) === JSON.stringify(told);
    await until(isTold, { what: 'everything to be counted', timeoutMs: 30_000 });
    const [live, products] = [await salesOf(admin), await productsOf(admin)];
    await rebuild(app.operatorUrl, async () => undefined);
    const again = await productsOf(admin);
    return {
      ...{ orders: load.orders(), ordersDuringRebuilds, rebuilds: rebuilds + 1, told, live },
      rebuilt: await salesOf(admin),
      isSameByProduct: JSON.stringify(products) === JSON.stringify(again),
    };
  } finally {
    await app.kill();
  }
}

/** Makes the projection anew while `meanwhile` happens, and waits until it has. */
async function rebuild(operatorUrl: string, meanwhile: () => Promise<unknown>): Promise<void> {
  const ask = async (method: string, path: string) => {
    const headers = { authorization: `Bearer ${operatorToken}` };
    return (await fetch(operatorUrl + path, { method, headers })).json();
  };
  await ask('POST', '/operator/projections/sales/rebuild');
  await meanwhile();
  const isWhole = async () => {
    const { items } = (await ask('GET', '/operator/projections')) as {
      items: { rebuilding: boolean }[];
    };
    return items.length > 0 && items.every(({ rebuilding }) => !rebuilding);
  };
  await until(isWhole, { what: 'the rebuild to end', timeoutMs: 60_000 });
}

type Rows = readonly Readonly<Record<string, number>>[];

async function rowsOf(admin: Customer, type: string): Promise<Rows> {
  return (await admin.ask(`GET /api/analytics/reports/${type}?limit=1000`)).body.rows;
}

const productsOf = (admin: Customer) => rowsOf(admin, 'top-products');

async function salesOf(admin: Customer): Promise<Sales> {
  const rows = await rowsOf(admin, 'sales');
  return ['orders', 'gross', 'refunds', 'net'].map((column) =>
    rows.reduce((sum, row) => sum + (row[column] ?? 0), 0),
  );
}
