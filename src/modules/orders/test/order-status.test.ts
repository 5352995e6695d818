import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type OrderStatus, orders } from '../contract.ts';
import { closingFor, isFinal, refuseUnlessAllowed } from '../domain/order-status.ts';

const statuses: OrderStatus[] = ['pending', 'completed', 'rejected', 'cancelled', 'refunded'];
const allowed = [
  'pending completed',
  'pending rejected',
  'pending cancelled',
  'completed cancelled',
  'completed refunded',
];

const refused = orders.errors.transitionRefused.is;

for (const from of statuses) {
  for (const to of statuses) {
    const isAllowed = allowed.includes(`${from} ${to}`);
    test(`an order that is ${from} ${isAllowed ? 'may become' : 'never becomes'} ${to}`, () => {
      const move = () => refuseUnlessAllowed(from, to);
      if (isAllowed) move();
      else assert.throws(move, refused);
    });

    const mayBeAsked = isAllowed && (to === 'cancelled' || to === 'refunded');
    test(`a person ${mayBeAsked ? 'may' : 'can not'} ask for ${from} to become ${to}`, () => {
      const ask = () => closingFor({ status: from, closing: null }, to);
      if (mayBeAsked) assert.equal(ask(), to);
      else assert.throws(ask, refused);
    });
  }
}

test('an order on its way to one ending can not be asked for another', () => {
  const closing = { status: 'completed', closing: 'cancelled' } as const;
  assert.equal(closingFor(closing, 'cancelled'), 'cancelled');
  assert.throws(() => closingFor(closing, 'refunded'), refused);
});

test('rejected, cancelled and refunded are final', () => {
  assert.deepEqual(statuses.filter(isFinal), ['rejected', 'cancelled', 'refunded']);
});
