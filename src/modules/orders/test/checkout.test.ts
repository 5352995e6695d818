import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';

import { catalog } from '#contracts/catalog';
import { moneyAtProvider } from '#test/oracles';
import type { Shop } from '#test/shop';

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

const { createOrder } = orders.calls;
const { unknownProduct, mixedCurrencies, customersOnly, tooManyPendingOrders } = orders.errors;

let shop: Shop;

before(async () => {
  shop = await openCheckout();
});

const keptFor = async ({ paymentId }: Order) =>
  (await moneyAtProvider(shop.place.folder)).get(paymentId ?? '');

test('an order is completed: its units are sold, and charged for once', async () => {
  const productId = await stocked(shop, 5);

  const order = await buy(shop, { productId, quantity: 2 });

  assert.deepEqual([order.status, order.reason, order.closing], ['completed', null, null]);
  assert.deepEqual(order.total, { amount: 2 * price.amount, currency: 'EUR' });
  assert.equal(await keptFor(order), 2 * price.amount);
  assert.deepEqual(await stockOf(shop, productId), {
    productId,
    onHand: 3,
    reserved: 0,
    available: 3,
  });
  assert.deepEqual(await eventsOf(shop, order), ['orders.orderPlaced', 'orders.orderCompleted']);
});

test('an order for more than there is, is rejected and charged nothing', async () => {
  const productId = await stocked(shop, 1);

  const order = await buy(shop, { productId, quantity: 2 });

  assert.deepEqual(
    [order.status, order.reason, order.paymentId],
    ['rejected', 'out_of_stock', null],
  );
  assert.deepEqual(await stockOf(shop, productId), {
    productId,
    onHand: 1,
    reserved: 0,
    available: 1,
  });
  assert.deepEqual(await eventsOf(shop, order), ['orders.orderPlaced', 'orders.orderRejected']);
});

test('a declined card gives the units back, and the order says why', async () => {
  const productId = await stocked(shop, 1);

  const order = await buy(shop, { productId, token: 'tok_declined' });

  assert.deepEqual(
    [order.status, order.reason, order.declineCode],
    ['rejected', 'payment_declined', 'card_declined'],
  );
  assert.equal(await keptFor(order), undefined);
  assert.equal((await stockOf(shop, productId)).available, 1);
});

test('what a card was charged by is forgotten when the order ends, however it ends', async () => {
  const tokens = { paid: 'tok_ok', tooLate: 'tok_too_late', declined: 'tok_declined' };
  const productId = await stocked(shop, 1);
  await buy(shop, { productId, token: tokens.paid });
  await buy(shop, { productId, token: tokens.tooLate });
  await buy(shop, { productId: await stocked(shop, 1), token: tokens.declined });
  await shop.settled();
  for (const module of ['orders', 'payments']) {
    const kept = JSON.stringify(await shop.operator(module).sagas.list({ limit: 100 }));
    for (const token of Object.values(tokens))
      assert.ok(!kept.includes(`"${token}"`), `${module} keeps ${token}`);
  }
});

for (const token of ['tok_slow', 'tok_flaky', 'tok_unknown_outcome']) {
  test(`an order paid with ${token} is completed and charged once`, async () => {
    const productId = await stocked(shop, 1);
    const order = await buy(shop, { productId, token });
    assert.equal(order.status, 'completed');
    assert.equal(await keptFor(order), price.amount);
  });
}

test('the token of a card is forgotten when the order has ended', async () => {
  const productId = await stocked(shop, 1);
  const paid = await buy(shop, { productId, token: 'tok_ok' });
  const declined = await buy(shop, { productId: await stocked(shop, 1), token: 'tok_declined' });

  await shop.settled();
  for (const { id } of [paid, declined]) {
    const saga = await shop.operator('orders').sagas.show(id);
    assert.match(JSON.stringify(saga?.state), /"token":""/);
  }
});

test('the price of an order is the one when it was placed', async () => {
  const productId = await stocked(shop, 9);
  const order = await place(shop, { productId, token: 'tok_slow' }, { as: aCustomer() });
  const dearer = { productId, expectedVersion: 1, price: { amount: 9999, currency: 'EUR' } };
  await shop.call(catalog.calls.updateProduct, dearer, { as: admin });

  assert.deepEqual((await ended(shop, order)).items, order.items);
  assert.equal(await keptFor(await ended(shop, order)), price.amount);
  assert.equal((await buy(shop, { productId })).total.amount, 9999);
});

test('a product that nobody knows is refused, and no order is placed', async () => {
  const as = aCustomer();
  const productId = randomUUID();
  await assert.rejects(
    place(shop, { productId }, { as }),
    (error) => unknownProduct.is(error) && error.details.productId === productId,
  );
  assert.deepEqual((await shop.call(orders.calls.listOrders, {}, { as })).items, []);
});

test('one order has one currency', async () => {
  const euros = await stocked(shop, 1);
  const yen = await stocked(shop, 1, { amount: 900, currency: 'JPY' });
  const items = [euros, yen].map((productId) => ({ productId, quantity: 1 }));
  const payment = { method: 'card' as const, token: 'tok_ok' };
  const order = shop.call(createOrder, { items, payment }, { as: aCustomer() });
  await assert.rejects(order, mixedCurrencies.is);
});

test('only a customer places orders', async () => {
  const productId = await stocked(shop, 1);
  const system = { kind: 'system', id: 'test' } as const;
  await assert.rejects(place(shop, { productId }, { as: system }), customersOnly.is);
});

test('the same key fifty times at once is one order and one charge', async () => {
  const productId = await stocked(shop, 60);
  const by = { as: aCustomer(), key: randomUUID() };
  const wish = { productId, quantity: 1 };

  const placed = await Promise.all(Array.from({ length: 50 }, () => place(shop, wish, by)));

  assert.equal(new Set(placed.map(({ id }) => id)).size, 1);
  const order = await ended(shop, placed[0] as Order);
  assert.equal(await keptFor(order), price.amount);
  assert.equal((await stockOf(shop, productId)).onHand, 59);

  const other = place(shop, { ...wish, quantity: 2 }, by);
  await assert.rejects(other, { code: 'idempotency_key_reused' });
});

test('the last unit goes to one of ten buyers, and nobody else is charged', async () => {
  const productId = await stocked(shop, 1);
  const bought = await Promise.all(Array.from({ length: 10 }, () => buy(shop, { productId })));

  const completed = bought.filter(({ status }) => status === 'completed');
  assert.equal(completed.length, 1);
  assert.ok(
    bought.every(({ status, reason }) => status === 'completed' || reason === 'out_of_stock'),
  );
  assert.deepEqual(await stockOf(shop, productId), {
    productId,
    onHand: 0,
    reserved: 0,
    available: 0,
  });
});

test('nobody holds a hundred orders in checkout at a time', async () => {
  const productId = await stocked(shop, 400);
  const as = aCustomer();
  const placing = Array.from({ length: 300 }, () =>
    place(shop, { productId, token: 'tok_slow' }, { as }),
  );
  const results = await Promise.allSettled(placing);

  const refusals = results.filter((result) => result.status === 'rejected');
  assert.ok(refusals.length > 0);
  assert.ok(refusals.every(({ reason }) => tooManyPendingOrders.is(reason)));
  await shop.settled();
});
