import assert from 'node:assert/strict';
import { test } from 'node:test';

import { orders } from '../contract.ts';
import { askToClose, isSettled, moveOrder, placeOrder } from '../domain/order.ts';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
const anOrder = () =>
  placeOrder({ id: 'o', userId: 'u', items: [], total: { amount: 5, currency: 'EUR' } }, at(0));
const completed = () => moveOrder(anOrder(), { status: 'completed', reason: null, at: at(1) });

test('every status that an order has had is numbered and dated', () => {
  const order = moveOrder(completed(), { status: 'refunded', reason: 'refunded', at: at(2) });
  assert.deepEqual(
    order.changes.map(({ id, status, at }) => [id, status, at]),
    [
      [1, 'pending', at(0)],
      [2, 'completed', at(1)],
      [3, 'refunded', at(2)],
    ],
  );
});

test('a wish to cancel outlives the completion, and ends with the cancellation', () => {
  const asked = askToClose(anOrder(), 'cancelled', at(1));
  const paid = moveOrder(asked, { status: 'completed', reason: null, at: at(2) });
  assert.equal(paid.closing, 'cancelled');
  assert.equal(isSettled(paid), false);

  const closed = moveOrder(paid, { status: 'cancelled', reason: 'cancelled', at: at(3) });
  assert.equal(closed.closing, null);
  assert.equal(isSettled(closed), true);
});

test('asking again for what is on its way or done changes nothing', () => {
  const asked = askToClose(completed(), 'cancelled', at(2));
  assert.equal(askToClose(asked, 'cancelled', at(3)), asked);

  const closed = moveOrder(asked, { status: 'cancelled', reason: 'cancelled', at: at(3) });
  assert.equal(askToClose(closed, 'cancelled', at(4)), closed);
});

test('an order that is being cancelled can not be asked to be refunded', () => {
  const asked = askToClose(completed(), 'cancelled', at(2));
  const ask = () => askToClose(asked, 'refunded', at(3));
  assert.throws(ask, orders.errors.transitionRefused.is);
});
