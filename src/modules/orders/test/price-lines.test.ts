import assert from 'node:assert/strict';
import { test } from 'node:test';

import { orders } from '../contract.ts';
import { priceLines } from '../domain/price-lines.ts';

const { unknownProduct, mixedCurrencies, totalTooLarge } = orders.errors;

const mug = { id: 'mug', name: 'Mug', price: { amount: 1250, currency: 'EUR' } };
const tea = { id: 'tea', name: 'Tea', price: { amount: 399, currency: 'EUR' } };
const pen = { id: 'pen', name: 'Pen', price: { amount: 200, currency: 'JPY' } };

test('an order costs its quantities at the prices of its lines', () => {
  const { items, total } = priceLines(
    [
      { productId: 'mug', quantity: 2 },
      { productId: 'tea', quantity: 3 },
    ],
    [tea, mug],
  );
  assert.deepEqual(total, { amount: 2 * 1250 + 3 * 399, currency: 'EUR' });
  assert.deepEqual(items[0], {
    productId: 'mug',
    name: 'Mug',
    quantity: 2,
    unitPrice: mug.price,
  });
});

test('a product named twice counts twice', () => {
  const twice = [
    { productId: 'mug', quantity: 1 },
    { productId: 'mug', quantity: 2 },
  ];
  assert.equal(priceLines(twice, [mug]).total.amount, 3 * 1250);
});

test('a product that the catalog does not know is refused by name', () => {
  const order = () => priceLines([{ productId: 'cup', quantity: 1 }], [mug]);
  assert.throws(order, (error) => unknownProduct.is(error) && error.details.productId === 'cup');
});

test('two currencies in one order are refused', () => {
  const both = [
    { productId: 'mug', quantity: 1 },
    { productId: 'pen', quantity: 1 },
  ];
  assert.throws(() => priceLines(both, [mug, pen]), mixedCurrencies.is);
});

test('an order that costs more than sums of many carry is refused', () => {
  const order = (amount: number, quantity: number) =>
    priceLines([{ productId: 'mug', quantity }], [{ ...mug, price: { amount, currency: 'EUR' } }]);
  assert.equal(order(10 ** 12, 1).total.amount, 10 ** 12);
  assert.throws(() => order(10 ** 12 / 2 + 1, 2), totalTooLarge.is);
  assert.throws(() => order(Number.MAX_SAFE_INTEGER, 2), totalTooLarge.is);
});
