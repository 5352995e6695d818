import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { changeProduct, newProduct } from '../domain/product.ts';

const [monday, tuesday] = ['2026-01-05T00:00:00.000Z', '2026-01-06T00:00:00.000Z'];
const given = {
  sku: 'MUG-1',
  name: 'Mug',
  description: 'Holds tea.',
  price: { amount: 1250, currency: 'EUR' },
};
const mug = newProduct(randomUUID(), given, monday);

test('a product begins with its first version, and nothing that was not said', () => {
  assert.equal(mug.version, 1);
  assert.deepEqual([mug.metadata, mug.imageIds], [{}, []]);
  assert.deepEqual([mug.createdAt, mug.updatedAt], [monday, monday]);
});

test('a change touches what it names, and makes a new version', () => {
  const changed = changeProduct(mug, { name: 'Cup' }, tuesday);
  assert.deepEqual(changed, { ...mug, name: 'Cup', version: 2, updatedAt: tuesday });
});

test('what already is so is no change', () => {
  assert.equal(changeProduct(mug, { name: 'Mug', price: { ...mug.price } }, tuesday), mug);
  assert.equal(changeProduct(mug, {}, tuesday), mug);
});

test('a description can be emptied, and metadata replaced as a whole', () => {
  const red = changeProduct(mug, { metadata: { colour: 'red' } }, tuesday);
  const changed = changeProduct(red, { description: '', metadata: { size: 1 } }, tuesday);
  assert.equal(changed.description, '');
  assert.deepEqual(changed.metadata, { size: 1 });
});
