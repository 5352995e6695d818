import assert from 'node:assert/strict';
import { test } from 'node:test';

import { payments } from '../contract.ts';
import {
  amountToRefund,
  isSettled,
  leftOf,
  type PaymentState,
  withOutcome,
  withRefundBegun,
  withRefundDone,
} from '../domain/payment.ts';

const euros = (amount: number) => ({ amount, currency: 'EUR' });
const { notRefundable, refundExceedsPayment, refundCurrencyDiffers } = payments.errors;

const pending: PaymentState = {
  id: 'p',
  orderId: 'o',
  userId: 'u',
  amount: euros(100),
  refunded: euros(0),
  refunding: euros(0),
  status: 'pending',
  chargeId: null,
  cancelRequested: false,
  told: null,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const charged = withOutcome(pending, { status: 'succeeded', chargeId: 'c' });
const decline = { status: 'declined', chargeId: 'c', declineCode: 'card_declined' } as const;

test('a payment takes the first answer of its provider and no other', () => {
  assert.equal(charged.status, 'succeeded');
  assert.equal(withOutcome(charged, decline), charged);
});

test('a declined payment says why; one that was given up before is cancelled', () => {
  assert.equal(withOutcome(pending, decline).declineCode, 'card_declined');
  const givenUp = { ...pending, cancelRequested: true };
  assert.equal(withOutcome(givenUp, decline).status, 'cancelled');
  assert.equal(withOutcome(givenUp, { status: 'succeeded', chargeId: 'c' }).status, 'succeeded');
});

test('refunds on their way and refunds done share one limit: the charge', () => {
  const part = withRefundBegun(charged, euros(60));
  assert.throws(() => withRefundBegun(part, euros(41)), refundExceedsPayment.is);

  const rest = withRefundBegun(withRefundDone(part, euros(60)), euros(40));
  assert.equal(leftOf(rest).amount, 0);
  assert.throws(() => withRefundBegun(rest, euros(1)), refundExceedsPayment.is);
});

test('what is on its way in either direction keeps a payment unsettled', () => {
  assert.equal(isSettled(pending), false);
  assert.equal(isSettled(charged), true);
  const refunding = withRefundBegun(charged, euros(1));
  assert.equal(isSettled(refunding), false);
  assert.equal(isSettled(withRefundDone(refunding, euros(1))), true);
});

test('only a charged payment can be refunded', () => {
  assert.throws(() => withRefundBegun(pending, euros(1)), notRefundable.is);
  assert.equal(leftOf(pending).amount, 0);
});

test('a refund is in the currency of its payment, and all that is left when no amount is named', () => {
  const part = withRefundBegun(charged, euros(30));
  assert.deepEqual(amountToRefund(part, undefined), euros(70));
  assert.deepEqual(amountToRefund(part, 5), euros(5));
  assert.deepEqual(amountToRefund(part, euros(5)), euros(5));
  const yen = { amount: 5, currency: 'JPY' };
  assert.throws(() => amountToRefund(part, yen), refundCurrencyDiffers.is);
});
