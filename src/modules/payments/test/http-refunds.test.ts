import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import type { Manner } from '#test/payment-provider';

import { payments } from '../contract.ts';
import { admin, amount, openProviderShop, type ProviderShop } from './provider-shop.ts';

const { awaitRefund, refundPayment } = payments.calls;
const { refundExceedsPayment } = payments.errors;

let one: ProviderShop;

before(async () => {
  one = await openProviderShop();
});

const twist = (change: object): Manner => ({ twist: (right) => ({ ...right, ...change }) });

const refundManners: readonly Manner[] = [
  ...(['hangAfter', 'hangBefore', 'cutAfter', 'cutBefore'] as const),
  ...[{ after: 500 }, { before: 500 }, { before: 429 }, { before: 422 }, { before: 401 }],
  ...[{ after: 201, body: '{}' }, twist({ amount: 1 }), { before: 302, location: '/elsewhere' }],
];

test('a refund whose answer is none is sent again, and goes back once', async () => {
  one.provider.treat(() => 'well');
  const payments = await Promise.all(refundManners.map(async () => one.settled(await one.begin())));
  const [...manners] = refundManners;
  one.provider.treat(({ kind, nth }) =>
    kind === 'refund' && nth === 1 ? (manners.pop() ?? 'well') : 'well',
  );
  const refunds = await Promise.all(
    payments.map(({ id }) => one.shop.call(refundPayment, { paymentId: id }, { as: admin })),
  );
  for (const payment of payments) {
    assert.deepEqual((await one.settled(payment)).refunded, amount);
    assert.deepEqual(
      one.charges(payment).map(({ refunded }) => refunded),
      [5000],
    );
  }
  assert.deepEqual(manners, []);
  for (const { id } of refunds) assert.equal(one.provider.asked('refund', id), 2);
});

test('fifty refunds at once through a failing provider never send back more than the charge', async () => {
  one.provider.treat(() => 'well');
  const payment = await one.settled(await one.begin());
  const ways: readonly Manner[] = ['cutAfter', { after: 500 }, { before: 500 }, 'well'];
  one.provider.treat(({ kind, about, nth }) =>
    kind === 'refund' && nth <= 2 ? (ways[(about.charCodeAt(35) + nth) % 4] ?? 'well') : 'well',
  );

  const asked = { paymentId: payment.id, amount: 300 };
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () => one.shop.call(refundPayment, asked, { as: admin })),
  );

  const accepted = results.filter((result) => result.status === 'fulfilled');
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(accepted.length, 16);
  assert.ok(refused.every(({ reason }) => refundExceedsPayment.is(reason)));
  for (const { value } of accepted) {
    const wait = { refundId: value.id, waitMs: 30_000 };
    const done = await one.shop.call(awaitRefund, wait, { as: admin, timeoutMs: 31_000 });
    assert.equal(done.status, 'succeeded');
  }
  assert.equal((await one.settled(payment)).refunded.amount, 4800);
  assert.deepEqual(
    one.charges(payment).map(({ refunded }) => refunded),
    [4800],
  );
});
