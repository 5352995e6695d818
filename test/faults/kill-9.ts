import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { type AppProcess, startApp } from '#test/app-process';
import { adminEmail, adminPassword, Customer, logInAdmin, stockProduct } from '#test/customer';
import { freePort } from '#test/free-port';
import { everyPage, mailbox, moneyAtProvider } from '#test/oracles';
import { seededRandom } from '#test/random';
import { until } from '#test/until';

import { type Placed, placeOrders } from './order-load.ts';

/** How one run went, for people. */
export type KillReport = {
  readonly kills: number;
  /** Kills that provably hit while orders were in flight. */
  readonly hits: number;
  readonly placed: number;
  readonly completed: number;
  readonly rejected: number;
};

type KillPlan = { readonly kills: number; readonly seed: number; readonly clients: number };

const initialUnits = 100_000;

/**
 * Kills the whole shop with SIGKILL at random moments while customers order, restarts it each time,
 * and then compares what customers were told with the provider's ledger, the stock and the mails.
 * Throws an `AssertionError` for the first thing that is not exact.
 */
export async function killUnderOrders({ kills, seed, clients }: KillPlan): Promise<KillReport> {
  const random = seededRandom(seed);
  const dataDir = mkdtempSync(join(tmpdir(), 'seamline-kill-'));
  const port = await freePort();
  const env = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0' };
  const start = () => startApp({ port, dataDir, env });
  let app = await start();
  try {
    const admin = await logInAdmin(app.url);
    const productId = await stockProduct(admin, initialUnits);
    const customers = await Customer.signUpMany(app.url, clients);
    const load = placeOrders(customers, productId, random);
    let hits = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      await pause(30 + random() * 700);
      hits += load.inFlight() > 0 ? 1 : 0;
      await app.kill();
      app = await start();
    }
    const placed = await load.finish();
    return { kills, hits, ...(await audit(app, dataDir, productId, customers, placed)) };
  } finally {
    await app.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Everything that customers were told, held against what independent witnesses say. */
async function audit(
  app: AppProcess,
  dataDir: string,
  productId: string,
  customers: readonly Customer[],
  placed: readonly Placed[],
) {
  const admin = await logInAdmin(app.url);
  const orders = await settledOrders(customers);
  const completed = orders.filter(({ status }) => status === 'completed');
  const rejected = orders.filter(({ status }) => status === 'rejected');
  assert.equal(completed.length + rejected.length, orders.length, 'every order has ended');

  const ids = new Set(orders.map(({ id }) => id));
  for (const { orderId } of placed)
    assert.ok(ids.has(orderId), `order ${orderId} was told and lost`);
  assert.equal(orders.length, placed.length, 'one order for each key, and none else');

  const sold = completed.reduce((sum, order) => sum + order.quantity, 0);
  const { body: stock } = await admin.ask(`GET /api/inventory/${productId}`);
  const left = initialUnits - sold;
  assert.deepEqual(stock, { productId, onHand: left, reserved: 0, available: left });

  const kept = await moneyAtProvider(dataDir);
  for (const { paymentId, total } of completed) assert.equal(kept.get(paymentId), total);
  const charged = [...kept.values()].filter((amount) => amount > 0);
  assert.equal(charged.length, completed.length, 'no charge without a completed order');

  await mailsMatch(admin, completed, 'order_completed');
  await mailsMatch(admin, rejected, 'order_rejected');
  return { placed: placed.length, completed: completed.length, rejected: rejected.length };
}

type OrderSeen = {
  readonly id: string;
  readonly userId: string;
  readonly status: string;
  readonly quantity: number;
  readonly total: number;
  readonly paymentId: string;
};

async function settledOrders(customers: readonly Customer[]): Promise<OrderSeen[]> {
  return await until(
    async () => {
      const orders = (await Promise.all(customers.map(ordersOf))).flat();
      return orders.every(({ status }) => status !== 'pending') && orders;
    },
    { what: 'every order to end', timeoutMs: 120_000, everyMs: 200 },
  );
}

async function ordersOf(customer: Customer): Promise<OrderSeen[]> {
  await customer.logIn();
  const orders = await everyPage<OrderAnswer>(customer, '/api/orders');
  return orders.map((order) => ({
    ...order,
    quantity: order.items[0]?.quantity ?? 0,
    total: order.total.amount,
  }));
}

type OrderAnswer = Omit<OrderSeen, 'quantity' | 'total'> & {
  readonly items: readonly { readonly quantity: number }[];
  readonly total: { readonly amount: number };
};

async function mailsMatch(admin: Customer, orders: readonly OrderSeen[], template: string) {
  const expected = orders.map(({ userId }) => userId).sort();
  const found = await until(
    async () => {
      const mails = (await mailbox(admin)).filter((mail) => mail.template === template);
      return mails.length >= expected.length && mails;
    },
    { what: `${expected.length} mails ${template}`, timeoutMs: 60_000, everyMs: 200 },
  );
  assert.deepEqual(
    found.map(({ userId }) => userId).sort(),
    expected,
    `${template}: one mail each`,
  );
}
