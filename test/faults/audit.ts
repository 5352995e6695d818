import assert from 'node:assert/strict';

import { type Customer, logInAdmin } from '#test/customer';
import { everyPage, mailbox } from '#test/oracles';
import { until } from '#test/until';

import type { Placed } from './order-load.ts';
import type { OutsideProvider } from './outside-provider.ts';

/** How many units of the product there were before anybody ordered. */
export const initialUnits = 100_000;

export type Witnesses = {
  readonly productId: string;
  readonly customers: readonly Customer[];
  readonly placed: readonly Placed[];
};

/** Everything that customers were told, held against what independent witnesses say. */
export async function audit(url: string, outside: OutsideProvider, witnesses: Witnesses) {
  const { productId, customers, placed } = witnesses;
  const orders = await settledOrders(customers);
  await outside.finish();
  const { completed = [], rejected = [], cancelled = [] } = Object.groupBy(orders, statusOf);
  const ended = completed.length + rejected.length + cancelled.length;
  assert.equal(ended, orders.length, 'every order has ended');

  const statusById = new Map(orders.map(({ id, status }) => [id, status]));
  for (const { orderId, isCancelled } of placed) {
    const status = statusById.get(orderId);
    assert.ok(status, `order ${orderId} was told and lost`);
    assert.equal(status === 'cancelled', isCancelled, `order ${orderId} is ${status}`);
  }
  assert.equal(orders.length, placed.length, 'one order for each key, and none else');

  const admin = await logInAdmin(url);
  const sold = completed.reduce((sum, order) => sum + order.quantity, 0);
  const { body: stock } = await admin.ask(`GET /api/inventory/${productId}`);
  const left = initialUnits - sold;
  assert.deepEqual(stock, { productId, onHand: left, reserved: 0, available: left });

  const kept = await outside.kept();
  for (const { paymentId, total } of completed) assert.equal(kept.get(paymentId), total);
  const charged = [...kept.values()].filter((amount) => amount !== 0);
  assert.equal(charged.length, completed.length, 'no charge without a completed order');

  await mailsMatch(admin, [...completed, ...cancelled], 'order_completed');
  await mailsMatch(admin, rejected, 'order_rejected');
  await mailsMatch(admin, cancelled, 'order_cancelled');
  return {
    placed: placed.length,
    completed: completed.length,
    rejected: rejected.length,
    cancelled: cancelled.length,
  };
}

function statusOf({ status }: OrderSeen): string {
  return status;
}

type OrderSeen = {
  readonly id: string;
  readonly userId: string;
  readonly status: string;
  /** What it is about to become. */
  readonly closing: string | null;
  readonly quantity: number;
  readonly total: number;
  readonly paymentId: string;
};

/** A pending charge is asked after once a minute in the end, and a provider that fails often is asked again. */
const ordersEndWithinMs = 300_000;

async function settledOrders(customers: readonly Customer[]): Promise<OrderSeen[]> {
  return await until(
    async () => {
      const orders = (await Promise.all(customers.map(ordersOf))).flat();
      const isOver = ({ status, closing }: OrderSeen) => status !== 'pending' && closing === null;
      return orders.every(isOver) && orders;
    },
    { what: 'every order to end', timeoutMs: ordersEndWithinMs, everyMs: 200 },
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
