import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { payments } from '#contracts/payments';
import { moneyAtProvider } from '#test/oracles';
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
  price,
  stocked,
  stockOf,
} from './checkout-shop.ts';

const { cancelOrder, updateOrderStatus, getOrder } = orders.calls;
const { transitionRefused } = orders.errors;

let shop: Shop;

before(async () => {
  shop = await openCheckout();
});

const keptFor = async ({ paymentId }: Order) =>
  (await moneyAtProvider(shop.place.folder)).get(paymentId ?? '') ?? 0;

const allBack = (productId: string, onHand: number) => ({
  productId,
  onHand,
  reserved: 0,
  available: onHand,
});

test('a cancelled order gives the money to the customer and the units to the shop', async () => {
  const productId = await stocked(shop, 5);
  const as = aCustomer();
  const order = await buy(shop, { productId, quantity: 2 }, { as });

  const asked = await shop.call(cancelOrder, { orderId: order.id }, { as });
  assert.deepEqual([asked.status, asked.closing], ['completed', 'cancelled']);
  const closed = await ended(shop, order);

  assert.deepEqual([closed.status, closed.reason], ['cancelled', 'cancelled']);
  assert.equal(await keptFor(order), 0);
  assert.deepEqual(await stockOf(shop, productId), allBack(productId, 5));
  assert.deepEqual(await eventsOf(shop, order), [
    'orders.orderPlaced',
    'orders.orderCompleted',
    'orders.orderCancelled',
  ]);

  assert.deepEqual(await shop.call(cancelOrder, { orderId: order.id }, { as }), closed);
});

test('a refunded order gives the money back and leaves the units with the customer', async () => {
  const productId = await stocked(shop, 5);
  const order = await buy(shop, { productId });
  const asked = { orderId: order.id, status: 'refunded' as const };

  await shop.call(updateOrderStatus, asked, { as: admin });

  assert.equal((await ended(shop, order)).status, 'refunded');
  assert.equal(await keptFor(order), 0);
  assert.deepEqual(await stockOf(shop, productId), allBack(productId, 4));
  assert.equal((await eventsOf(shop, order)).at(-1), 'orders.orderRefunded');
});

test('cancelling after a partial refund sends back what is left', async () => {
  const as = aCustomer();
  const order = await buy(shop, { productId: await stocked(shop, 1) }, { as });
  const part = { paymentId: order.paymentId ?? '', amount: 300 };
  await shop.call(payments.calls.refundPayment, part, { as: admin });
  await until(async () => (await keptFor(order)) === price.amount - 300);

  await shop.call(cancelOrder, { orderId: order.id }, { as });

  assert.equal((await ended(shop, order)).status, 'cancelled');
  assert.equal(await keptFor(order), 0);
});

test('a status is an administrator’s to set, and only along the state table', async () => {
  const as = aCustomer();
  const order = await buy(
    shop,
    { productId: await stocked(shop, 1), token: 'tok_declined' },
    { as },
  );
  const asked = { orderId: order.id, status: 'refunded' as const };
  await assert.rejects(shop.call(updateOrderStatus, asked, { as }), { code: 'forbidden' });
  await assert.rejects(shop.call(updateOrderStatus, asked, { as: admin }), transitionRefused.is);
  const cancel = shop.call(cancelOrder, { orderId: order.id }, { as });
  await assert.rejects(cancel, transitionRefused.is);
});

test('an order cancelled while it is being charged keeps neither money nor units', async () => {
  const productId = await stocked(shop, 1);
  const as = aCustomer();
  const order = await place(shop, { productId, token: 'tok_slow' }, { as });
  await until(async () => (await shop.operator('orders').sagas.show(order.id))?.step === 'charge');

  const asked = await shop.call(cancelOrder, { orderId: order.id }, { as });
  assert.deepEqual([asked.status, asked.closing], ['pending', 'cancelled']);

  const closed = await ended(shop, order);
  assert.deepEqual([closed.status, closed.closing], ['cancelled', null]);
  assert.equal(await keptFor(closed), 0);
  assert.deepEqual(await stockOf(shop, productId), allBack(productId, 1));
});

test('whenever an order is cancelled, the wish is not lost', async () => {
  const productId = await stocked(shop, 20);
  const closed = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const as = aCustomer();
      const order = await place(shop, { productId }, { as });
      // Each order gets a little further than the one before, so that every step is interrupted.
      for (let reads = 0; reads < 2 * n; reads += 1) {
        await shop.call(getOrder, { orderId: order.id }, { as });
      }
      await shop.call(cancelOrder, { orderId: order.id }, { as });
      return await ended(shop, order);
    }),
  );

  assert.deepEqual([...new Set(closed.map(({ status }) => status))], ['cancelled']);
  await shop.settled();
  for (const order of closed) assert.equal(await keptFor(order), 0);
  assert.deepEqual(await stockOf(shop, productId), allBack(productId, 20));
});
