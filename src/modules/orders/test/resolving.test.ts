import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import type { SagaEntry } from '#kernel/ports/operator';
import { jam, park } from '#test/jam';
import type { Shop } from '#test/shop';
import { until } from '#test/until';

import { type Order, orders } from '../contract.ts';
import {
  aCustomer,
  admin,
  buy,
  ended,
  eventsOf,
  openCheckout,
  place,
  stocked,
} from './checkout-shop.ts';

let shop: Shop;

before(async () => {
  shop = await openCheckout();
});

/** The orders' own database refuses to give an order this status. */
const jammed = (status: Order['status']) =>
  jam(shop.place, { module: 'orders', table: 'orders', when: `new.status = '${status}'` });

/** Waits until a saga needs a person; its tries come without the waits between them. */
async function parked(id: string): Promise<SagaEntry> {
  const { sagas } = shop.operator('orders');
  return await until(
    async () => {
      const saga = await sagas.show(id);
      if (saga?.status === 'manual') return saga;
      await sagas.resume(id);
      return undefined;
    },
    { what: `${id} to need a person`, timeoutMs: 60_000 },
  );
}

const resolve = (id: string, outcome: 'completed' | 'undone') =>
  shop.operator('orders').sagas.resolve(id, outcome, 'by a person');

const why = (words: RegExp) => (error: { code?: string; details?: { why: string } }) =>
  error.code === 'saga_not_resolvable' && words.test(error.details?.why ?? '');

const placed = async (token = 'tok_ok') =>
  await place(shop, { productId: await stocked(shop, 5), token }, { as: aCustomer() });

test('a checkout that a person has completed leaves a completed order, and everybody hears of it', async () => {
  const free = await jammed('completed');
  const order = await placed();
  assert.equal((await parked(order.id)).step, 'complete');
  await assert.rejects(resolve(order.id, 'completed'), why(/complete: .*jammed/));
  await free();

  assert.equal(await resolve(order.id, 'completed'), true);

  const completed = await ended(shop, order);
  assert.equal(completed.status, 'completed');
  assert.ok(completed.paymentId);
  assert.deepEqual(await eventsOf(shop, order), ['orders.orderPlaced', 'orders.orderCompleted']);
});

test('an order that was to be cancelled meanwhile is closed once its checkout is ended by hand', async () => {
  const free = await jammed('completed');
  const order = await placed();
  await parked(order.id);
  await shop.call(orders.calls.cancelOrder, { orderId: order.id }, { as: admin });
  await free();

  assert.equal(await resolve(order.id, 'completed'), true);

  assert.equal((await ended(shop, order)).status, 'cancelled');
});

test('a checkout that goes back is not completed by hand; undone, its order is rejected', async () => {
  const free = await jammed('rejected');
  const order = await placed('tok_declined');
  await parked(order.id);
  await free();
  await assert.rejects(resolve(order.id, 'completed'), why(/goes back/));

  assert.equal(await resolve(order.id, 'undone'), true);

  const rejected = await ended(shop, order);
  assert.deepEqual([rejected.status, rejected.reason], ['rejected', 'payment_declined']);
});

test('a checkout in doubt of its charge is not completed by hand: nobody has paid', async () => {
  const when = "new.status <> 'pending'";
  const free = await jam(shop.place, { module: 'payments', table: 'payments', when });
  const order = await placed();
  const { sagas } = shop.operator('orders');
  await until(async () => (await sagas.show(order.id))?.step === 'charge');
  await park(shop.place, 'orders', 'checkout', order.id);
  await assert.rejects(resolve(order.id, 'completed'), why(/complete: .*no payment/));

  assert.equal(await resolve(order.id, 'undone'), true);

  assert.equal((await ended(shop, order)).status, 'rejected');
  await free();
});

test('a giving back that a person has done closes the order, and can not be left undone', async () => {
  const order = await buy(shop, { productId: await stocked(shop, 5) });
  const free = await jammed('refunded');
  const asked = { orderId: order.id, status: 'refunded' as const };
  await shop.call(orders.calls.updateOrderStatus, asked, { as: admin });
  const giveBack = `giveBack:${order.id}`;
  const saga = () => shop.operator('orders').sagas.show(giveBack);
  await until(async () => (await saga())?.problem?.title.includes('jammed'));
  await park(shop.place, 'orders', 'giveBack', order.id);
  await free();
  await assert.rejects(resolve(giveBack, 'undone'), why(/only goes forward/));

  assert.equal(await resolve(giveBack, 'completed'), true);

  assert.equal((await ended(shop, order)).status, 'refunded');
  assert.equal((await eventsOf(shop, order)).at(-1), 'orders.orderRefunded');
});
