import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { inventory } from '../contract.ts';
import { giveBack, ranLow, recount, reserve, restock, sell, stockOf } from '../domain/stock.ts';
import { sumOf, unitsOf } from '../domain/units.ts';

const mug = randomUUID();

test('what is reserved is still in the house, but not for anybody else', () => {
  assert.deepEqual(reserve(stockOf(mug, 5, 1), 2), stockOf(mug, 5, 3));
  assert.equal(stockOf(mug, 5, 3).available, 2);
});

test('the last unit can be reserved, and one more can not', () => {
  assert.equal(reserve(stockOf(mug, 5, 3), 2).available, 0);
  assert.throws(
    () => reserve(stockOf(mug, 5, 3), 3),
    (error) => {
      assert.ok(inventory.errors.outOfStock.is(error));
      assert.deepEqual(error.details, { productId: mug, wanted: 3, available: 2 });
      return true;
    },
  );
});

test('giving back undoes reserving, and restocking undoes selling', () => {
  const before = stockOf(mug, 5, 1);
  assert.deepEqual(giveBack(reserve(before, 2), 2), before);
  assert.deepEqual(restock(sell(reserve(before, 2), 2), 2), before);
});

test('a sale takes from what is in the house, and not from what is available', () => {
  const held = reserve(stockOf(mug, 5, 0), 2);
  assert.deepEqual(sell(held, 2), stockOf(mug, 3, 0));
  assert.equal(sell(held, 2).available, held.available);
});

test('a count may find as little as orders hold, and not less', () => {
  assert.deepEqual(recount(stockOf(mug, 5, 3), 3), stockOf(mug, 3, 3));
  assert.throws(() => recount(stockOf(mug, 5, 3), 2), inventory.errors.stockReserved.is);
});

test('stock runs low when it falls to the threshold, not while it stays there or rises', () => {
  const left = (available: number) => stockOf(mug, available, 0);
  assert.equal(ranLow(left(6), left(5), 5), true);
  assert.equal(ranLow(left(9), left(0), 5), true);
  assert.equal(ranLow(left(5), left(4), 5), false);
  assert.equal(ranLow(left(4), left(6), 5), false);
});

test('a product that an order names twice counts with its sum', () => {
  const twice = unitsOf([
    { productId: mug, quantity: 2 },
    { productId: mug, quantity: 3 },
  ]);
  assert.deepEqual([...twice], [[mug, 5]]);
  assert.deepEqual([...sumOf([twice, twice])], [[mug, 10]]);
});
