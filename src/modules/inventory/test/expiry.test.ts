import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { until } from '#test/until';

import { inventory } from '../contract.ts';
import { codeOf, openStockedShop } from './stocked-shop.ts';

const ttlMs = 600_000;
const shop = await openStockedShop({ RESERVATION_TTL_SECONDS: '600' });
const { reservationGone, reservationReleased } = inventory.errors;

const hasExpired = async (orderId: string) =>
  (await shop.told(orderId)).some(({ type }) => type === 'reservationExpired');

/** Moves time on, until the units of the order have been taken back. */
async function letExpire(orderId: string): Promise<void> {
  await shop.age(ttlMs + 1);
  await until(() => hasExpired(orderId), { what: 'the reservation to expire' });
}

test('units that were held for too long are for anybody again', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);

  await letExpire(order);

  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);
  assert.deepEqual(await shop.told(order), [
    { type: 'reservationExpired', data: { orderId: order } },
  ]);
});

test('an extended reservation outlives its first time', async () => {
  const [mug, extended, forgotten] = [await shop.shelve(5), randomUUID(), randomUUID()];
  const first = await shop.reserve(extended, [mug, 2]);
  await shop.reserve(forgotten, [mug, 1]);
  await shop.age(ttlMs / 2);

  const { expiresAt } = await shop.extend(extended);
  assert.ok(expiresAt > first.expiresAt);
  await shop.age(ttlMs / 2 + 1);
  await until(() => hasExpired(forgotten), { what: 'the other reservation to expire' });

  assert.deepEqual(await shop.counts(mug), [5, 2, 3]);
  await shop.commit(extended);
});

test('a host whose clock is ahead gives nothing away', async () => {
  const [mug, held, late] = [await shop.shelve(5), randomUUID(), randomUUID()];
  shop.clock.advance(-2 * ttlMs);
  await shop.reserve(late, [mug, 1]);
  await shop.age(ttlMs + 1);
  await shop.reserve(held, [mug, 2]);
  shop.clock.advance(4 * ttlMs);

  await until(() => hasExpired(late), { what: 'the other reservation to expire' });
  assert.deepEqual(await shop.counts(mug), [5, 2, 3]);
  await shop.commit(held);
});

test('an expired reservation is gone, and can be made anew', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);
  await letExpire(order);

  await assert.rejects(shop.extend(order), reservationGone.is);
  await assert.rejects(shop.commit(order), reservationGone.is);

  await shop.reserve(order, [mug, 3]);
  await shop.commit(order);
  assert.deepEqual(await shop.counts(mug), [2, 0, 2]);
});

test('after a release of what has expired, nothing more is given back or reserved', async () => {
  const [mug, order] = [await shop.shelve(5), randomUUID()];
  await shop.reserve(order, [mug, 2]);
  await letExpire(order);

  await shop.release(order);

  assert.deepEqual(await shop.counts(mug), [5, 0, 5]);
  await assert.rejects(shop.reserve(order, [mug, 2]), reservationReleased.is);
});

test('sold units do not expire', async () => {
  const [mug, sold, held] = [await shop.shelve(5), randomUUID(), randomUUID()];
  await shop.reserve(sold, [mug, 2]);
  await shop.commit(sold);
  await shop.reserve(held, [mug, 1]);

  await letExpire(held);

  assert.deepEqual(await shop.counts(mug), [3, 0, 3]);
});

test('more reservations than fit one transaction all expire, each once', async () => {
  const [mug, cup] = [await shop.shelve(130), await shop.shelve(130)];
  const orders = Array.from({ length: 130 }, () => randomUUID() as string);
  await Promise.all(orders.map((order) => shop.reserve(order, [mug, 1], [cup, 1])));

  await shop.age(ttlMs + 1);
  await until(async () => (await shop.counts(mug))[1] === 0, { what: 'all to expire' });

  assert.deepEqual(await shop.counts(mug), [130, 0, 130]);
  assert.deepEqual(await shop.counts(cup), [130, 0, 130]);
  const told = await shop.told(...orders);
  const expired = told.map(({ data }) => (data as { orderId: string }).orderId);
  assert.deepEqual(expired.toSorted(), orders.toSorted());
});

test('an order that commits while others run out of time has its units, or finds them gone', async () => {
  const mug = await shop.shelve(1000);
  const orders = Array.from({ length: 200 }, () => randomUUID() as string);
  for (const order of orders) await shop.reserve(order, [mug, 1]);
  await shop.age(ttlMs + 1);
  // Held by somebody else, so that units given back twice would show.
  await shop.reserve(randomUUID(), [mug, 500]);

  // The expiry begins with the oldest and takes several transactions; the orders begin with the
  // newest, so that both meet.
  await until(async () => (await shop.counts(mug))[1] !== 700, { what: 'the expiry to begin' });
  const codes: string[] = [];
  const queue = orders.toReversed().values();
  const commitInTurn = async () => {
    for (const order of queue) codes.push(await codeOf(shop.commit(order)));
  };
  await Promise.all([commitInTurn(), commitInTurn(), commitInTurn()]);

  const sold = codes.filter((code) => code === 'done').length;
  const gone = codes.filter((code) => code === 'reservation_gone').length;
  assert.equal(sold + gone, 200, codes.join());
  await until(async () => (await shop.counts(mug))[1] === 500, { what: 'the rest to expire' });
  assert.deepEqual(await shop.counts(mug), [1000 - sold, 500, 500 - sold]);
});
