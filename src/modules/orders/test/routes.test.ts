import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RouteRequest } from '#kernel/http/route';

import { type Order, orders } from '../contract.ts';
import { routes } from '../routes.ts';

const { outOfStock, paymentDeclined, checkoutFailed } = orders.errors;

const order: Order = {
  id: '0199aa00-0000-7000-8000-000000000001',
  userId: '0199aa00-0000-7000-8000-000000000002',
  status: 'completed',
  reason: null,
  closing: null,
  items: [],
  total: { amount: 5, currency: 'EUR' },
  paymentId: '0199aa00-0000-7000-8000-000000000003',
  declineCode: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

function request(headers: Readonly<Record<string, string>> = {}): RouteRequest {
  return { actor: { kind: 'anyone' }, header: (name) => headers[name] };
}

function routeTo(methodAndPath: string) {
  const found = routes.find(({ method, path }) => `${method} ${path}` === methodAndPath);
  assert.ok(found);
  return found;
}

const placing = routeTo('POST /api/orders');
const answer = (as: Partial<Order>) => placing.reply?.({ ...order, ...as }, request());

test('who places an order gets it, or is told where to ask for it', () => {
  const headers = { Location: `/api/orders/${order.id}` };
  assert.deepEqual(answer({}), { headers });
  assert.deepEqual(answer({ status: 'pending' }), { status: 202, headers });
  assert.deepEqual(answer({ status: 'cancelled', reason: 'cancelled' }), { headers });
});

test('who is refused an order is told why', () => {
  const rejected = { status: 'rejected' } as const;
  assert.throws(() => answer({ ...rejected, reason: 'out_of_stock' }), outOfStock.is);
  assert.throws(() => answer({ ...rejected, reason: 'payment_declined' }), paymentDeclined.is);
  assert.throws(() => answer({ ...rejected, reason: 'checkout_failed' }), checkoutFailed.is);
  assert.equal(outOfStock({ orderId: order.id }).status, 409);
  assert.equal(paymentDeclined.kind, 'payment_refused');
});

test('an order without a key is refused', () => {
  assert.equal(placing.key, 'required');
});

for (const [prefer, seconds] of [
  [undefined, 5],
  ['wait=7', 7],
  ['respond-async, wait=10', 10],
  ['wait = "3"', 3],
  ['wait=0', 0],
  ['wait=31', 30],
  ['wait=soon', 5],
  ['await=9', 5],
] as const) {
  test(`Prefer: ${prefer} waits for ${seconds} s`, () => {
    const asked = placing.followedBy?.input(order, request(prefer ? { prefer } : {}));
    assert.deepEqual(asked, { orderId: order.id, waitMs: seconds * 1000 });
  });
}

test('a closing order is 202 until it is closed', () => {
  const { reply } = routeTo('POST /api/orders/:orderId/cancel');
  assert.equal(reply?.({ ...order, closing: 'cancelled' }, request()).status, 202);
  assert.deepEqual(reply?.({ ...order, status: 'cancelled' }, request()), {});
});

test('who comes back to the events of an order resumes after the last one heard', () => {
  const { from } = routeTo('GET /api/orders/:orderId/events');
  assert.equal(from.from?.(request({ 'last-event-id': '2' })), 2);
  assert.equal(from.from?.(request({ 'last-event-id': 'x' })), undefined);
  assert.equal(from.from?.(request()), undefined);
});
