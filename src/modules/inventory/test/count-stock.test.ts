import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { catalog } from '#contracts/catalog';
import { forbidden, unauthenticated } from '#kernel/kernel-failures';

import { inventory } from '../contract.ts';
import { admin, customer, openStockedShop } from './stocked-shop.ts';

const { updateStock, getStock } = inventory.calls;
const { unknownProduct, stockReserved } = inventory.errors;
const shop = await openStockedShop();

test('a new product has no units, as soon as inventory has heard of it', async () => {
  const { id } = await shop.call(catalog.calls.createProduct, {
    sku: randomUUID(),
    name: 'Mug',
    description: '',
    price: { amount: 1250, currency: 'EUR' },
  });
  await shop.settled();
  assert.deepEqual(await shop.counts(id), [0, 0, 0]);
});

test('a product can be stocked before inventory has heard of it', async () => {
  const mug = await shop.shelve(7);
  await shop.settled();
  assert.deepEqual(await shop.counts(mug), [7, 0, 7]);
});

test('there is no stock of a product that there is not', async () => {
  const nothing = { productId: randomUUID() };
  await assert.rejects(shop.call(getStock, nothing), unknownProduct.is);
  await assert.rejects(shop.call(updateStock, { ...nothing, onHand: 1 }), unknownProduct.is);
});

test('a count includes what orders hold, and may not fall below it', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 3]);

  const counted = await shop.call(updateStock, { productId: mug, onHand: 3 });
  assert.deepEqual(counted, { productId: mug, onHand: 3, reserved: 3, available: 0 });

  await assert.rejects(shop.call(updateStock, { productId: mug, onHand: 2 }), (error) => {
    assert.ok(stockReserved.is(error));
    assert.deepEqual(error.details, { productId: mug, reserved: 3 });
    return true;
  });
  assert.deepEqual(await shop.counts(mug), [3, 3, 0]);
});

test('a count that finds what was known is no news', async () => {
  const mug = await shop.shelve(5);
  const before = await shop.told(mug);
  await shop.call(updateStock, { productId: mug, onHand: 5 });
  assert.deepEqual(await shop.told(mug), before);
});

test('only administrators count', async () => {
  const input = { productId: await shop.shelve(5), onHand: 9 };
  await assert.rejects(shop.call(updateStock, input, { as: customer }), forbidden.is);
  await assert.rejects(
    shop.call(updateStock, input, { as: { kind: 'anyone' } }),
    unauthenticated.is,
  );
  assert.equal((await shop.call(updateStock, input, { as: admin })).onHand, 9);
});

test('counting while orders reserve loses no reservation', async () => {
  const mug = await shop.shelve(100);
  const orders = Array.from({ length: 30 }, () => randomUUID());

  await Promise.all([
    ...orders.map((order) => shop.reserve(order, [mug, 1])),
    ...[90, 80, 70].map((onHand) => shop.call(updateStock, { productId: mug, onHand })),
  ]);

  const [, reserved] = await shop.counts(mug);
  assert.equal(reserved, 30);
  assert.equal((await shop.told(mug)).length, 34);
});
