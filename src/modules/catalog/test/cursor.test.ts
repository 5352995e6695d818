import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { catalog } from '../contract.ts';
import { cursorAfter, keyOfCursor, pageOf, priceCursor, productCursor } from '../domain/cursor.ts';

const { invalidCursor } = catalog.errors;
const id = randomUUID();

test('a cursor leads back to where its page ended', () => {
  assert.equal(keyOfCursor(productCursor, cursorAfter(productCursor, id)), id);
  assert.equal(keyOfCursor(priceCursor, cursorAfter(priceCursor, '12')), '12');
});

test('a cursor of another list, or one that was touched, is refused', () => {
  const good = cursorAfter(productCursor, id);
  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  const bad = [
    'x',
    '%%%',
    `${good}A`,
    `${good}=`,
    ` ${good}`,
    good.slice(1),
    cursorAfter(priceCursor, '12'),
    encoded(`products:${id.toUpperCase()}x`),
    encoded("products:' or 1=1 --"),
    encoded('products:'),
  ];
  for (const cursor of bad) {
    assert.throws(() => keyOfCursor(productCursor, cursor), invalidCursor.is, cursor);
  }
  assert.throws(() => keyOfCursor(priceCursor, encoded('prices:0')), invalidCursor.is);
  assert.throws(() => keyOfCursor(priceCursor, encoded('prices:1e3')), invalidCursor.is);
});

test('only a page with more behind it has a cursor', () => {
  const cursorOf = (last: string) => `after ${last}`;
  assert.deepEqual(pageOf(['a', 'b', 'c'], 2, cursorOf), {
    items: ['a', 'b'],
    nextCursor: 'after b',
  });
  assert.deepEqual(pageOf(['a', 'b'], 2, cursorOf), { items: ['a', 'b'], nextCursor: null });
  assert.deepEqual(pageOf([], 2, cursorOf), { items: [], nextCursor: null });
});
