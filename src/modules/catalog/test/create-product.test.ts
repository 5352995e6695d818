import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Failure } from '#kernel/failure';
import { forbidden, unauthenticated } from '#kernel/kernel-failures';

import { catalog } from '../contract.ts';
import { customer, openCatalogShop } from './catalog-shop.ts';

const { createProduct, getProducts } = catalog.calls;
const { skuTaken, unknownProduct, metadataTooLarge } = catalog.errors;
const shop = await openCatalogShop();

const image = await shop.picture();

const mug = () => ({
  sku: `mug-${randomUUID()}`,
  name: 'Mug 🫖',
  description: 'Holds tea.\nOr "coffee".',
  price: { amount: 1250, currency: 'EUR' },
  metadata: { colour: 'red', sizes: [1, 2.5, null], 'nul\0': '\0' },
  imageIds: [image],
});

test('a product is shown as it was made', async () => {
  const given = mug();
  const product = await shop.create(given);

  const { id, version, createdAt, updatedAt, ...rest } = product;
  assert.deepEqual(rest, given);
  assert.equal(version, 1);
  assert.equal(createdAt, updatedAt);
  assert.deepEqual(await shop.show(id), product);
  const { sku, name, price } = given;
  assert.deepEqual(await shop.told(id), [
    { type: 'productCreated', data: { productId: id, sku, name, price, version: 1 } },
  ]);
});

test('a sku belongs to one product, however many want it at once', async () => {
  const sku = `mug-${randomUUID()}`;
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => shop.create({ sku })));

  const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  assert.equal(refusals.length, 7);
  assert.ok(refusals.every(skuTaken.is), String(refusals[0]));
});

test('the same key again answers the first product', async () => {
  const [input, key] = [mug(), randomUUID()];
  const first = await shop.call(createProduct, input, { key });
  assert.deepEqual(await shop.call(createProduct, input, { key }), first);
});

test('only administrators make products', async () => {
  await assert.rejects(shop.call(createProduct, mug(), { as: customer }), forbidden.is);
  const anyone = { as: { kind: 'anyone' } } as const;
  await assert.rejects(shop.call(createProduct, mug(), anyone), unauthenticated.is);
});

test('a product has a readable name, a plain sku, and little metadata', async () => {
  const invalid = (error: unknown) => error instanceof Failure && error.code === 'invalid_input';
  for (const name of ['', ' ', 'two\nlines', 'x'.repeat(201)]) {
    await assert.rejects(shop.create({ name }), invalid, JSON.stringify(name));
  }
  for (const sku of ['', 'a b', '-a', 'a/../b', 'x'.repeat(65)]) {
    await assert.rejects(shop.create({ sku }), invalid, sku);
  }
  await assert.rejects(shop.create({ description: 'nul\0' }), invalid);
  await assert.rejects(shop.create({ metadata: { big: 'x'.repeat(20_000) } }), metadataTooLarge.is);
});

test('orders see the prices of what there is, and nothing of what there is not', async () => {
  const { id, sku, name, price, version } = await shop.create();
  const productIds = [randomUUID(), id];

  const { items } = await shop.call(getProducts, { productIds });

  assert.deepEqual(items, [{ id, sku, name, price, version }]);
  await assert.rejects(shop.show(productIds[0]!), unknownProduct.is);
});
