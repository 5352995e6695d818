import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { forbidden } from '#kernel/kernel-failures';

import { catalog } from '../contract.ts';
import { customer, openCatalogShop } from './catalog-shop.ts';

const { updateProduct, priceHistory } = catalog.calls;
const { unknownProduct, versionMismatch, metadataTooLarge, invalidCursor } = catalog.errors;
const shop = await openCatalogShop();
const euros = (amount: number) => ({ amount, currency: 'EUR' });

test('a change makes the next version, and is told', async () => {
  const mug = await shop.create();
  shop.clock.advance(1000);

  const cup = await shop.change(mug, { name: 'Cup', metadata: { handle: false } });

  assert.deepEqual(cup, {
    ...mug,
    name: 'Cup',
    metadata: { handle: false },
    version: 2,
    updatedAt: cup.updatedAt,
  });
  assert.ok(cup.updatedAt > mug.updatedAt);
  assert.deepEqual(await shop.show(mug.id), cup);
  const { id: productId, sku, price } = mug;
  const [, told, ...more] = await shop.told(mug.id);
  const data = { productId, sku, name: 'Cup', price, version: 2 };
  assert.deepEqual(told, { type: 'productUpdated', data });
  assert.deepEqual(more, []);
});

test('who changes what somebody else has changed is told the version that it has now', async () => {
  const mug = await shop.create();
  await shop.change(mug, { name: 'Cup' });

  await assert.rejects(shop.change(mug, { name: 'Pot' }), (error) => {
    assert.ok(versionMismatch.is(error));
    assert.deepEqual(error.details, { productId: mug.id, version: 2 });
    return true;
  });
  assert.equal((await shop.show(mug.id)).name, 'Cup');
});

test('of ten who change the same version at once, one does', async () => {
  const mug = await shop.create();
  const names = Array.from({ length: 10 }, (_, i) => `Cup ${i}`);

  const outcomes = await Promise.allSettled(names.map((name) => shop.change(mug, { name })));

  const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  assert.equal(refusals.length, 9);
  assert.ok(refusals.every(versionMismatch.is), String(refusals[0]));
  const { version, name } = await shop.show(mug.id);
  assert.equal(version, 2);
  assert.equal(
    names.indexOf(name),
    outcomes.findIndex(({ status }) => status === 'fulfilled'),
  );
});

test('a change that changes nothing is no new version, and no news', async () => {
  const mug = await shop.create();
  assert.deepEqual(await shop.change(mug, { name: mug.name, price: mug.price }), mug);
  assert.equal((await shop.told(mug.id)).length, 1);
});

test('a refused change leaves the product as it was', async () => {
  const mug = await shop.create();
  const changes = { name: 'Cup', metadata: { big: 'x'.repeat(20_000) } };
  await assert.rejects(shop.change(mug, changes), metadataTooLarge.is);
  assert.deepEqual(await shop.show(mug.id), mug);
});

test('only administrators change products, and only those that there are', async () => {
  const { id: productId } = await shop.create();
  const input = { productId, expectedVersion: 1, name: 'Cup' };
  await assert.rejects(shop.call(updateProduct, input, { as: customer }), forbidden.is);
  const nothing = { ...input, productId: randomUUID() };
  await assert.rejects(shop.call(updateProduct, nothing), unknownProduct.is);
});

test('a new price is told with the old one, and remembered with all before', async () => {
  const mug = await shop.create({ price: euros(1000) });
  const dearer = await shop.change(mug, { price: euros(1200) });
  const renamed = await shop.change(dearer, { name: 'Cup' });
  const cheaper = await shop.change(renamed, { price: euros(900) });

  const { items, nextCursor } = await shop.call(priceHistory, { productId: mug.id });

  assert.deepEqual(items, [
    { price: euros(900), since: cheaper.updatedAt, version: 4 },
    { price: euros(1200), since: dearer.updatedAt, version: 2 },
    { price: euros(1000), since: mug.createdAt, version: 1 },
  ]);
  assert.equal(nextCursor, null);
  const changes = (await shop.told(mug.id)).filter(({ type }) => type === 'priceChanged');
  assert.deepEqual(
    changes.map(({ data }) => data),
    [
      { productId: mug.id, price: euros(1200), previous: euros(1000), version: 2 },
      { productId: mug.id, price: euros(900), previous: euros(1200), version: 4 },
    ],
  );
});

test('the same amount in another currency is another price', async () => {
  const mug = await shop.create({ price: euros(1000) });
  await shop.change(mug, { price: { amount: 1000, currency: 'USD' } });
  const { items } = await shop.call(priceHistory, { productId: mug.id });
  assert.equal(items.length, 2);
});

test('old prices come page by page', async () => {
  const first = await shop.create({ price: euros(1) });
  let product = first;
  for (const amount of [2, 3, 4, 5]) {
    product = await shop.change(product, { price: euros(amount) });
  }
  const input = { productId: first.id, limit: 2 };

  const one = await shop.call(priceHistory, input);
  const two = await shop.call(priceHistory, { ...input, cursor: one.nextCursor ?? '' });
  const three = await shop.call(priceHistory, { ...input, cursor: two.nextCursor ?? '' });

  const amounts = [one, two, three].map(({ items }) => items.map(({ price }) => price.amount));
  assert.deepEqual(amounts, [[5, 4], [3, 2], [1]]);
  assert.equal(three.nextCursor, null);
  await assert.rejects(shop.call(priceHistory, { ...input, cursor: 'x' }), invalidCursor.is);
});
