import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { inventory } from '../contract.ts';
import { openStockedShop } from './stocked-shop.ts';

const { unknownProduct, outOfStock } = inventory.errors;
const shop = await openStockedShop({ RESERVATION_TTL_SECONDS: '600', LOW_STOCK_THRESHOLD: '2' });

test('an order gets its units for the configured time', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  const before = Date.now();

  const { orderId, expiresAt } = await shop.reserve(order, [mug, 2]);

  assert.equal(orderId, order);
  const lastsMs = Date.parse(expiresAt) - before;
  assert.ok(lastsMs >= 600_000 && lastsMs < 660_000, `lasts ${lastsMs} ms`);
  assert.deepEqual(await shop.counts(mug), [5, 2, 3]);
});

test('an order that asks again keeps what it has, whatever it asks for', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  const first = await shop.reserve(order, [mug, 2]);

  assert.deepEqual(await shop.reserve(order, [mug, 2]), first);
  assert.deepEqual(await shop.reserve(order, [mug, 1]), first);
  assert.deepEqual(await shop.counts(mug), [5, 2, 3]);
});

test('an order gets all of its products or none', async () => {
  const [mug, cup] = [await shop.shelve(5), await shop.shelve(1)];
  const order = randomUUID();

  await assert.rejects(shop.reserve(order, [mug, 2], [cup, 2]), (error) => {
    assert.ok(outOfStock.is(error));
    assert.deepEqual(error.details, { productId: cup, wanted: 2, available: 1 });
    return true;
  });
  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);

  await shop.reserve(order, [mug, 2], [cup, 1]);
  assert.deepEqual(await shop.counts(cup), [1, 1, 0]);
});

test('a product named twice must be there twice', async () => {
  const mug = await shop.shelve(3);
  await assert.rejects(shop.reserve(randomUUID(), [mug, 2], [mug, 2]), outOfStock.is);
  await shop.reserve(randomUUID(), [mug, 2], [mug, 1]);
  assert.deepEqual(await shop.counts(mug), [3, 3, 0]);
});

test('nobody can reserve what nobody sells', async () => {
  const [mug, nothing] = [await shop.shelve(3), randomUUID()];
  await assert.rejects(shop.reserve(randomUUID(), [mug, 1], [nothing, 1]), (error) => {
    assert.ok(unknownProduct.is(error));
    assert.deepEqual(error.details, { productId: nothing });
    return true;
  });
  assert.deepEqual(await shop.counts(mug), [3, 0, 3]);
});

test('every change is told, and few units once', async () => {
  const mug = await shop.shelve(4);
  await shop.reserve(randomUUID(), [mug, 1]);
  await shop.reserve(randomUUID(), [mug, 1]);
  await shop.reserve(randomUUID(), [mug, 1]);

  const left = (onHand: number, reserved: number) => ({
    type: 'stockChanged',
    data: { productId: mug, onHand, reserved, available: onHand - reserved },
  });
  const low = { type: 'stockRanLow', data: { productId: mug, available: 2, threshold: 2 } };
  assert.deepEqual(await shop.told(mug), [left(4, 0), left(4, 1), left(4, 2), low, left(4, 3)]);
});

test('of 200 orders at once for 20 units, 20 get one each', async () => {
  const mug = await shop.shelve(20);
  const orders = Array.from({ length: 200 }, () => randomUUID());

  const outcomes = await Promise.allSettled(orders.map((order) => shop.reserve(order, [mug, 1])));

  const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  assert.equal(refusals.length, 180);
  assert.ok(refusals.every(outOfStock.is), String(refusals.find((one) => !outOfStock.is(one))));
  assert.deepEqual(await shop.counts(mug), [20, 20, 0]);
});

test('orders that name the same products in different orders all get them', async () => {
  const [mug, cup, pot] = await Promise.all([shop.shelve(100), shop.shelve(100), shop.shelve(100)]);
  const orders = Array.from({ length: 60 }, () => randomUUID());

  await Promise.all(
    orders.map((order, i) =>
      i % 2
        ? shop.reserve(order, [mug, 1], [cup, 1], [pot, 1])
        : shop.reserve(order, [pot, 1], [cup, 1], [mug, 1]),
    ),
  );

  for (const product of [mug, cup, pot]) {
    assert.deepEqual(await shop.counts(product), [100, 60, 40]);
  }
});
