import assert from 'node:assert/strict';
import { test } from 'node:test';

import { moneyAtProvider } from '#test/oracles';
import type { Shop } from '#test/shop';

import type { Order } from '../contract.ts';
import {
  aCustomer,
  ended,
  eventsOf,
  openCheckout,
  place,
  price,
  stocked,
  stockOf,
} from './checkout-shop.ts';

const tokens = ['tok_ok', 'tok_declined', 'tok_slow', 'tok_flaky', 'tok_unknown_outcome'];

function placeMany(shop: Shop, productId: string, times: number): Promise<Order[]> {
  const wishes = Array.from({ length: times }, () => tokens).flat();
  return Promise.all(wishes.map((token) => place(shop, { productId, token }, { as: aCustomer() })));
}

test('orders whose host stops in mid-checkout are finished by the next one, exactly', async () => {
  const first = await openCheckout();
  const productId = await stocked(first, 100);
  const placed = await placeMany(first, productId, 3);
  await first.stop();

  const second = await openCheckout(first.place);
  const orders = await Promise.all(placed.map((order) => ended(second, order)));
  await second.settled();

  const completed = orders.filter(({ status }) => status === 'completed');
  assert.equal(completed.length, 3 * 4);
  assert.ok(
    orders.every(({ status, reason }) => status === 'completed' || reason === 'payment_declined'),
  );
  const left = 100 - completed.length;
  const stock = { productId, onHand: left, reserved: 0, available: left };
  assert.deepEqual(await stockOf(second, productId), stock);

  const kept = await moneyAtProvider(first.place.folder);
  for (const { paymentId } of completed) assert.equal(kept.get(paymentId ?? ''), price.amount);
  assert.equal(kept.size, completed.length);
  for (const order of orders) assert.equal((await eventsOf(second, order)).length, 2);
});
