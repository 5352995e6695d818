import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type AppProcess, startApp } from '#test/app-process';
import { adminEmail, adminPassword, Customer, logInAdmin, stockProduct } from '#test/customer';
import { freePort } from '#test/free-port';

import { load, requestText } from './http-load.ts';
import { type Measured, type Subject, sideBySide } from './measure.ts';
import { benchPictures } from './picture-bench.ts';
import { startTwin, stopTwin } from './twin-process.ts';

type Bench = {
  readonly app: AppProcess;
  readonly port: number;
  readonly dataDir: string;
  readonly folder: string;
};

/** Opens a shop in a folder of its own and runs the benches that ask it over HTTP. */
export async function benchShop(folder: string) {
  const port = await freePort();
  const dataDir = join(folder, 'shop');
  const env = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0' };
  const app = await startApp({ port, dataDir, env });
  try {
    const bench = { app, port, dataDir, folder };
    return {
      product: await benchProduct(bench),
      order: await benchOrder(bench),
      pictures: await benchPictures(bench),
    };
  } finally {
    await app.stop();
  }
}

const readers = 32;
const readsARound = 24_000;

async function benchProduct({ app, port, dataDir, folder }: Bench): Promise<readonly Measured[]> {
  const productId = await stockProduct(await logInAdmin(app.url), 1);
  const twinFolder = join(folder, 'product-twin');
  mkdirSync(twinFolder);
  // The twin reads a copy of the very same file.
  for (const suffix of ['', '-wal']) {
    const name = `catalog.sqlite${suffix}`;
    cpSync(join(dataDir, name), join(twinFolder, name));
  }
  const twinPort = await freePort();
  const twin = await startTwin('product-twin', twinPort, twinFolder);
  const request = requestText(`GET /api/products/${productId}`);
  const subject = (name: string, at: number): Subject => ({
    name,
    run: (times) => load(at, readers, times, 200, () => request),
  });
  const subjects = [
    subject('seamline GET /api/products/:id', port),
    subject('bare Express 5 handler, same read', twinPort),
  ];
  const measured = await sideBySide(subjects, { rounds: 5, times: readsARound });
  await stopTwin(twin);
  return measured;
}

/** So many customers order at once, one order after another each. */
const buyers = 32;
const ordersARound = 192;

async function benchOrder({ app, port, folder }: Bench): Promise<readonly Measured[]> {
  const productId = await stockProduct(await logInAdmin(app.url), 1_000_000);
  const customers = await Customer.signUpMany(app.url, buyers);
  const twinFolder = join(folder, 'order-twin');
  mkdirSync(twinFolder);
  const twinPort = await freePort();
  const twin = await startTwin('order-twin', twinPort, twinFolder);
  const subject = (name: string, at: number, product: string): Subject => ({
    name,
    run: (times) =>
      load(at, buyers, times, 201, (index) => orderRequest(customers[index] as Customer, product)),
  });
  const subjects = [
    subject('seamline order, 32 clients', port, productId),
    subject('hand-written single file, same commits', twinPort, 'p1'),
  ];
  const measured = await sideBySide(subjects, { rounds: 5, times: ordersARound });
  await stopTwin(twin);
  return measured;
}

function orderRequest({ token }: Customer, productId: string): string {
  return requestText(
    'POST /api/orders',
    {
      authorization: `Bearer ${token}`,
      'idempotency-key': randomUUID(),
      prefer: 'wait=30',
    },
    { items: [{ productId, quantity: 1 }], payment: { method: 'card', token: 'tok_ok' } },
  );
}
