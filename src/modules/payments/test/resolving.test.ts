import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { park } from '#test/jam';
import { until } from '#test/until';

import { payments } from '../contract.ts';
import { admin, amount, openProviderShop, type ProviderShop } from './provider-shop.ts';

const { refundPayment, awaitRefund } = payments.calls;

let one: ProviderShop;

before(async () => {
  one = await openProviderShop();
});

const sagas = () => one.shop.operator('payments').sagas;

const resolve = (id: string, outcome: 'completed' | 'undone') =>
  sagas().resolve(id, outcome, 'by a person');

const why = (words: RegExp) => (error: { code?: string; details?: { why: string } }) =>
  error.code === 'saga_not_resolvable' && words.test(error.details?.why ?? '');

/** Waits until a try of the saga has failed, then parks it. */
async function parked(name: string, id: string): Promise<string> {
  const key = `${name}:${id}`;
  const tried = async () => (await sagas().show(key))?.problem?.title.includes('No outcome yet');
  await until(tried, { what: `${key} to wait` });
  await park(one.shop.place, 'payments', name, id);
  return key;
}

test('a charge without an answer is not completed by hand; undone, its payment is cancelled', async () => {
  one.provider.treat(() => ({ before: 500 }));
  const payment = await one.begin();
  const charge = await parked('charge', payment.id);
  one.provider.treat(() => 'well');
  await assert.rejects(resolve(charge, 'completed'), why(/provider has not answered/));

  assert.equal(await resolve(charge, 'undone'), true);

  assert.equal((await one.settled(payment)).status, 'cancelled');
  assert.deepEqual(await one.events(payment), ['payments.paymentCancelled']);
  assert.equal(JSON.stringify(await sagas().show(charge)).includes('tok_ok'), false);
});

test('a charge that its provider leaves pending ends by hand only as undone', async () => {
  one.provider.treat(() => 'well');
  const payment = await one.begin('tok_pending');
  const pending = await parked('pendingCharge', payment.id);
  await assert.rejects(resolve(pending, 'completed'), why(/settle: No outcome yet/));

  assert.equal(await resolve(pending, 'undone'), true);

  assert.equal((await one.settled(payment)).status, 'cancelled');
});

test('a refund that a person has sent is done, and can not be left undone', async () => {
  one.provider.treat(() => 'well');
  const payment = await one.settled(await one.begin());
  one.provider.treat(() => ({ before: 500 }));
  const { id: refundId } = await one.shop.call(
    refundPayment,
    { paymentId: payment.id },
    { as: admin },
  );
  const refund = await parked('refund', refundId);
  await assert.rejects(resolve(refund, 'undone'), why(/only goes forward/));

  assert.equal(await resolve(refund, 'completed'), true);

  const done = await one.shop.call(awaitRefund, { refundId, waitMs: 30_000 }, { as: admin });
  assert.equal(done.status, 'succeeded');
  assert.deepEqual((await one.settled(payment)).refunded, amount);
});
