import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { inventory } from '../contract.ts';
import { codeOf, openStockedShop } from './stocked-shop.ts';

const { reservationGone, reservationReleased } = inventory.errors;
const shop = await openStockedShop();

test('sold units leave stock, once', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);

  await shop.commit(order);
  await shop.commit(order);

  assert.deepEqual(await shop.counts(mug), [3, 0, 3]);
});

test('released units are for anybody again, once', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);

  await shop.release(order);
  await shop.release(order);

  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);
});

test('a released order can neither reserve, nor extend, nor commit', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);
  await shop.release(order);

  await assert.rejects(shop.reserve(order, [mug, 2]), reservationReleased.is);
  await assert.rejects(shop.extend(order), reservationGone.is);
  await assert.rejects(shop.commit(order), reservationGone.is);
  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);
});

test('a release that overtakes its reservation refuses it', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.release(order);

  await assert.rejects(shop.reserve(order, [mug, 2]), (error) => {
    assert.ok(reservationReleased.is(error));
    assert.deepEqual(error.details, { orderId: order });
    return true;
  });
  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);
});

test('a release leaves sold units alone, a restock returns them once', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);
  await shop.commit(order);

  await shop.release(order);
  assert.deepEqual(await shop.counts(mug), [3, 0, 3]);

  await shop.restock(order);
  await shop.restock(order);
  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);
});

test('a restock that overtakes the commit gives back, and refuses the commit', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);

  await shop.restock(order);

  await assert.rejects(shop.commit(order), reservationGone.is);
  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);
});

test('a restock of an order that never came refuses it when it comes', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.restock(order);
  await assert.rejects(shop.reserve(order, [mug, 1]), reservationReleased.is);
});

test('an order without a reservation has nothing to extend or to commit', async () => {
  await assert.rejects(shop.extend(randomUUID()), reservationGone.is);
  await assert.rejects(shop.commit(randomUUID()), reservationGone.is);
});

test('whether commit or release comes first, the stock is one or the other', async () => {
  const mug = await shop.shelve(1000);
  const orders = Array.from({ length: 40 }, () => randomUUID());
  await Promise.all(orders.map((order) => shop.reserve(order, [mug, 1])));
  // Held by somebody else, so that units given back twice would show.
  await shop.reserve(randomUUID(), [mug, 500]);

  const commits = await Promise.all(
    orders.map(async (order) => {
      const [commit] = await Promise.all([codeOf(shop.commit(order)), shop.release(order)]);
      return commit;
    }),
  );

  const sold = commits.filter((code) => code === 'done').length;
  const gone = commits.filter((code) => code === 'reservation_gone').length;
  assert.equal(sold + gone, 40, commits.join());
  assert.deepEqual(await shop.counts(mug), [1000 - sold, 500, 500 - sold]);
});
