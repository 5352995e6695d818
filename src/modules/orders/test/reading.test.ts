import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';

import type { Actor } from '#kernel/ports/call-context';
import type { Shop } from '#test/shop';

import { type Order, orders, type StatusChange } from '../contract.ts';
import { aCustomer, admin, buy, openCheckout, place, stocked } from './checkout-shop.ts';

const { getOrder, listOrders, watchOrder, awaitOrder, cancelOrder, exportAccount } = orders.calls;
const { unknownOrder, invalidCursor } = orders.errors;

let shop: Shop;
let productId: string;

before(async () => {
  shop = await openCheckout();
  productId = await stocked(shop, 1000);
});

test('an order is shown to its customer and to administrators; for others it does not exist', async () => {
  const as = aCustomer();
  const order = await buy(shop, { productId }, { as });
  const asked = { orderId: order.id };

  assert.deepEqual(await shop.call(getOrder, asked, { as }), order);
  assert.deepEqual(await shop.call(getOrder, asked, { as: admin }), order);

  const other = { as: aCustomer() };
  await assert.rejects(shop.call(getOrder, asked, other), unknownOrder.is);
  await assert.rejects(shop.call(awaitOrder, { ...asked, waitMs: 0 }, other), unknownOrder.is);
  await assert.rejects(shop.call(cancelOrder, asked, other), unknownOrder.is);
  await assert.rejects(shop.call(getOrder, { orderId: randomUUID() }, { as }), unknownOrder.is);
  const watching = all(shop.stream(watchOrder, asked, other));
  await assert.rejects(watching, unknownOrder.is);
});

test('a customer pages through their own orders, the newest first', async () => {
  const as = aCustomer();
  const placed: Order[] = [];
  for (let n = 0; n < 5; n += 1) placed.push(await place(shop, { productId }, { as }));
  await buy(shop, { productId });

  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const asked: { limit: number; cursor?: string } = { limit: 2, ...(cursor ? { cursor } : {}) };
    const page = await shop.call(listOrders, asked, { as });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);

  assert.deepEqual(ids, placed.map(({ id }) => id).reverse());
});

test('a customer gets everything that is kept of their orders, and nobody else does', async () => {
  const as = aCustomer();
  const placed: Order[] = [];
  for (let n = 0; n < 3; n += 1) placed.unshift(await buy(shop, { productId }, { as }));
  const exported = (by: Actor) => all(shop.stream(exportAccount, { userId: as.id }, { as: by }));
  const own = await exported(as);
  assert.deepEqual(
    own.map(({ kind, changes, ...order }) => [kind, changes.length, order]),
    placed.map((order) => ['order', 2, order]),
  );
  assert.deepEqual(await exported(admin), own);
  assert.deepEqual(await exported(aCustomer()), []);
});

test('an administrator sees the orders of all', async () => {
  const order = await buy(shop, { productId });
  const { items } = await shop.call(listOrders, { limit: 1 }, { as: admin });
  assert.deepEqual(items, [order]);
});

test('a cursor that no list has given is refused', async () => {
  const list = shop.call(listOrders, { cursor: 'x' }, { as: aCustomer() });
  await assert.rejects(list, invalidCursor.is);
});

test('who watches an order hears each status as it comes, until the last', async () => {
  const as = aCustomer();
  const order = await place(shop, { productId, token: 'tok_slow' }, { as });

  const heard: StatusChange[] = [];
  for await (const change of shop.stream(watchOrder, { orderId: order.id }, { as })) {
    heard.push(change);
    if (change.status === 'completed') await shop.call(cancelOrder, { orderId: order.id }, { as });
  }

  assert.deepEqual(
    heard.map(({ id, status }) => [id, status]),
    [
      [1, 'pending'],
      [2, 'completed'],
      [3, 'cancelled'],
    ],
  );
});

test('who comes back to an order hears only what is new', async () => {
  const as = aCustomer();
  const order = await buy(shop, { productId, token: 'tok_declined' }, { as });
  const asked = { orderId: order.id, from: 1 };
  const heard = await all(shop.stream(watchOrder, asked, { as }));
  assert.deepEqual(
    heard.map(({ id, status, reason }) => [id, status, reason]),
    [[2, 'rejected', 'payment_declined']],
  );
  const nothing = { orderId: order.id, from: 2 };
  assert.deepEqual(await all(shop.stream(watchOrder, nothing, { as })), []);
});

test('who awaits an order gets it as it is when the wait is over', async () => {
  const as = aCustomer();
  const order = await place(shop, { productId, token: 'tok_slow' }, { as });
  const asked = { orderId: order.id, waitMs: 50 };
  assert.equal((await shop.call(awaitOrder, asked, { as })).status, 'pending');
});

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
