import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, beforeEach, test } from 'node:test';

import type { ChargeKept } from '#test/payment-provider-books';
import { message } from '#test/payment-webhooks';
import { until } from '#test/until';

import { type Payment, payments } from '../contract.ts';
import { admin, openProviderShop, type ProviderShop } from './provider-shop.ts';
import { pending, quietUntil, tell, told } from './webhook-teller.ts';

const { getPayment, refundPayment } = payments.calls;

let one: ProviderShop;

before(async () => {
  one = await openProviderShop();
});

beforeEach(() => one.provider.treat(() => 'well'));

async function statusOf({ id: paymentId }: Payment): Promise<string> {
  return (await one.shop.call(getPayment, { paymentId })).status;
}

test('a webhook finishes a pending payment at once, without waiting for the next look', async () => {
  const { payment, charge } = await pending(one);
  const nextLook = await quietUntil(one, `pendingCharge:${payment.id}`);
  const seen = one.settled(payment);
  await tell(one, told('charge.succeeded', one.provider.settle(charge.id, 'succeeded')));

  assert.equal((await seen).status, 'succeeded');
  const saga = await one.shop.operator('payments').sagas.show(`pendingCharge:${payment.id}`);
  assert.ok((saga?.updatedAt ?? '') < nextLook);
  assert.deepEqual(await one.events(payment), ['payments.paymentSucceeded']);
});

test('a declined charge is told by a webhook too', async () => {
  const { payment, charge } = await pending(one);
  await tell(one, told('charge.declined', one.provider.settle(charge.id, 'declined')));
  const settled = await one.settled(payment);
  assert.deepEqual([settled.status, settled.declineCode], ['declined', 'insufficient_funds']);
});

test('where the provider itself still says pending, its signed word counts', async () => {
  const { payment, charge } = await pending(one);
  await tell(one, told('charge.succeeded', charge));
  assert.equal((await one.settled(payment)).status, 'succeeded');
});

test('what the provider answers when it is asked outranks what a webhook told', async () => {
  const { payment, charge } = await pending(one);
  one.provider.settle(charge.id, 'succeeded');
  await tell(one, told('charge.declined', charge));
  assert.equal((await one.settled(payment)).status, 'succeeded');
});

test('a webhook about a charge is asked for when it tells nothing more', async () => {
  const { payment, charge } = await pending(one);
  one.provider.settle(charge.id, 'succeeded');
  await tell(one, message('charge.succeeded', { reference: payment.id }));
  assert.equal((await one.settled(payment)).status, 'succeeded');
});

test('an answer from before a webhook does not make its word count', async () => {
  const { payment, charge } = await pending(one);
  const arrives = Promise.withResolvers<void>();
  const looks = one.provider.asked('list', payment.id);
  one.provider.treat(() => ({ until: arrives.promise }));
  await tell(one, message('charge.updated', { reference: payment.id }));
  await until(() => one.provider.asked('list', payment.id) > looks);
  one.provider.treat(() => 'well');
  one.provider.settle(charge.id, 'succeeded');
  await tell(one, told('charge.declined', charge));
  arrives.resolve();
  assert.equal((await one.settled(payment)).status, 'succeeded');
  assert.deepEqual(await one.events(payment), ['payments.paymentSucceeded']);
});

test('a no that comes after a yes undoes no money', async () => {
  const { payment, charge } = await pending(one);
  one.provider.treat(({ kind }) => (kind === 'list' ? { before: 503 } : 'well'));
  await tell(one, told('charge.succeeded', charge));
  await tell(one, told('charge.declined', charge));
  assert.equal(await statusOf(payment), 'pending');
  one.provider.treat(() => 'well');
  assert.equal((await one.settled(payment)).status, 'succeeded');

  await tell(one, told('charge.declined', charge));
  await one.shop.settled();
  assert.equal(await statusOf(payment), 'succeeded');
  assert.deepEqual(await one.events(payment), ['payments.paymentSucceeded']);
});

test('a yes of other money, or about nobody we know, counts for nothing', async () => {
  const { payment, charge } = await pending(one);
  for (const change of [{ amount: 4999 }, { currency: 'USD' }]) {
    await tell(one, told('charge.succeeded', charge, change));
  }
  await tell(one, told('charge.succeeded', charge, { reference: randomUUID() }));
  await tell(one, message('charge.updated', { anything: true }));
  await quietUntil(one, `pendingCharge:${payment.id}`);
  assert.equal(await statusOf(payment), 'pending');
  await tell(one, told('charge.succeeded', one.provider.settle(charge.id, 'succeeded')));
  assert.equal((await one.settled(payment)).status, 'succeeded');
});

test('the same webhook again, twenty times at once too, has no second effect', async () => {
  const { payment, charge } = await pending(one);
  const news = message('charge.succeeded', { reference: payment.id });
  await Promise.all(Array.from({ length: 20 }, () => tell(one, news)));
  const id = `pendingCharge:${payment.id}`;
  await quietUntil(one, id);
  const { sagas } = one.shop.operator('payments');
  const first = await sagas.show(id);

  await Promise.all(Array.from({ length: 20 }, () => tell(one, news)));

  const then = await sagas.show(id);
  assert.deepEqual([then?.attempts, then?.nextAttemptAt], [first?.attempts, first?.nextAttemptAt]);
  await tell(one, told('charge.succeeded', one.provider.settle(charge.id, 'succeeded')));
  await one.settled(payment);
});

test('a webhook that comes before the answer to the charge changes nothing about it', async () => {
  one.provider.treat(({ kind }) => (kind === 'charge' ? 'hangAfter' : 'well'));
  const payment = await one.begin();
  const [charge] = await until(() => one.charges(payment).length > 0 && one.charges(payment));
  await tell(one, told('charge.succeeded', charge as ChargeKept));
  assert.equal((await one.settled(payment)).status, 'succeeded');
  assert.equal(one.charges(payment).length, 1);
  assert.deepEqual(await one.events(payment), ['payments.paymentSucceeded']);
});

test('a webhook makes a refund that is in doubt go on at once', async () => {
  const payment = await one.settled(await one.begin());
  one.provider.treat(({ kind }) => (kind === 'refund' ? { after: 500 } : 'well'));
  const refund = await one.shop.call(refundPayment, { paymentId: payment.id }, { as: admin });
  const nextTry = await quietUntil(one, `refund:${refund.id}`);
  one.provider.treat(() => 'well');
  const chargeId = one.charges(payment)[0]?.id;
  await tell(one, message('refund.succeeded', { id: 're_1', chargeId, amount: 5000 }));

  assert.equal((await one.settled(payment)).refunded.amount, 5000);
  const saga = await one.shop.operator('payments').sagas.show(`refund:${refund.id}`);
  assert.ok((saga?.updatedAt ?? '') < nextTry);
  assert.equal(one.charges(payment)[0]?.refunded, 5000);
});
