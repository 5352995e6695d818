import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';

import type { Actor } from '#kernel/ports/call-context';
import { openShop, type Shop } from '#test/shop';

import { type Payment, payments } from '../contract.ts';
import { paymentsModule } from '../module.ts';
import { readLedger } from '../providers/sandbox-ledger.ts';

const { processPayment, awaitPayment, cancelPayment, getPayment, refundPayment, awaitRefund } =
  payments.calls;
const { paymentAbandoned, paymentDiffers, unknownPayment, refundExceedsPayment, notRefundable } =
  payments.errors;

const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };
const amount = { amount: 5000, currency: 'EUR' };

let shop: Shop;

before(async () => {
  shop = await openShop({ modules: [paymentsModule] });
});

const asked = (token: string) => ({
  orderId: randomUUID(),
  userId: randomUUID(),
  amount,
  method: 'card' as const,
  token,
});

function settled(shop: Shop, { id }: Payment): Promise<Payment> {
  const wait = { paymentId: id, waitMs: 30_000 };
  return shop.call(awaitPayment, wait, { timeoutMs: 31_000 });
}

async function paid(token = 'tok_ok'): Promise<Payment> {
  return await settled(shop, await shop.call(processPayment, asked(token)));
}

/** What the provider keeps of a payment, by its own books: each charge, less the refunds. */
async function chargesOf({ id }: Payment, place = shop.place): Promise<number[]> {
  const { charges, refunds } = await readLedger(join(place.folder, 'payments'));
  return charges
    .filter(({ reference, status }) => reference === id && status === 'succeeded')
    .map((charge) => {
      const back = refunds.filter(({ chargeId }) => chargeId === charge.id);
      return charge.amount - back.reduce((sum, refund) => sum + refund.amount, 0);
    });
}

async function eventsOf({ id }: Payment): Promise<string[]> {
  await shop.settled();
  const published = await shop.published(payments);
  return published.filter(({ subject }) => subject === id).map(({ type }) => type);
}

for (const token of ['tok_ok', 'tok_slow', 'tok_flaky', 'tok_unknown_outcome']) {
  test(`a payment with ${token} is charged, once`, async () => {
    const payment = await paid(token);
    assert.equal(payment.status, 'succeeded');
    assert.deepEqual(await chargesOf(payment), [5000]);
    assert.deepEqual(await eventsOf(payment), ['payments.paymentSucceeded']);
  });
}

test('a declined payment says why and charges nothing', async () => {
  const payment = await paid('tok_declined');
  assert.deepEqual([payment.status, payment.declineCode], ['declined', 'card_declined']);
  assert.deepEqual(await chargesOf(payment), []);
  assert.deepEqual(await eventsOf(payment), ['payments.paymentDeclined']);
});

test('a token that the provider never gave is declined', async () => {
  assert.equal((await paid('tok_made_up')).declineCode, 'unknown_token');
});

test('an order has one payment, whoever asks for it and however often', async () => {
  const wish = asked('tok_ok');
  const first = await shop.call(processPayment, wish);
  const many = await Promise.all(Array.from({ length: 20 }, () => shop.call(processPayment, wish)));
  assert.deepEqual([...new Set(many.map(({ id }) => id))], [first.id]);
  await settled(shop, first);
  assert.deepEqual(await chargesOf(first), [5000]);

  const dearer = { ...wish, amount: { amount: 6000, currency: 'EUR' } };
  await assert.rejects(shop.call(processPayment, dearer), paymentDiffers.is);
});

test('a payment cancelled before it begins is refused when it comes', async () => {
  const wish = asked('tok_ok');
  const { orderId } = wish;
  assert.deepEqual(await shop.call(cancelPayment, { orderId }), { payment: null });
  assert.deepEqual(await shop.call(cancelPayment, { orderId }), { payment: null });
  await assert.rejects(shop.call(processPayment, wish), paymentAbandoned.is);
});

test('of a payment and its cancellation at the same time, no money stays', async () => {
  const wishes = Array.from({ length: 20 }, () => asked('tok_ok'));
  await Promise.all(
    wishes.flatMap((wish, n) => {
      const pay = () => shop.call(processPayment, wish).catch(abandonedOnly);
      const cancel = () => shop.call(cancelPayment, { orderId: wish.orderId });
      return n % 2 ? [pay(), cancel()] : [cancel(), pay()];
    }),
  );
  await shop.settled();

  const { charges } = await readLedger(join(shop.place.folder, 'payments'));
  for (const { orderId } of wishes) {
    const { payment } = await shop.call(cancelPayment, { orderId });
    if (!payment) continue;
    assert.ok(charges.some(({ reference }) => reference === payment.id));
    assert.deepEqual(await chargesOf(payment), [0]);
  }
});

test('a payment cancelled while its outcome is unknown is refunded once it is known', async () => {
  const wish = asked('tok_unknown_outcome');
  const pending = await shop.call(processPayment, wish);
  const { payment } = await shop.call(cancelPayment, { orderId: wish.orderId });
  assert.equal(payment?.status, 'pending');

  const known = await settled(shop, pending);

  assert.deepEqual(known.refunded, amount);
  assert.deepEqual(await chargesOf(pending), [0]);
  assert.deepEqual(await eventsOf(pending), [
    'payments.paymentSucceeded',
    'payments.paymentRefunded',
  ]);
});

test('a charged payment that is cancelled goes back in full, once', async () => {
  const payment = await paid();
  const { orderId } = payment;
  const { payment: cancelled } = await shop.call(cancelPayment, { orderId });
  assert.deepEqual(cancelled?.refunding, amount);
  await shop.call(cancelPayment, { orderId });

  assert.deepEqual((await settled(shop, payment)).refunded, amount);
  assert.deepEqual(await chargesOf(payment), [0]);
});

test('fifty refunds at once never send back more than the charge', async () => {
  const payment = await paid();
  const wish = { paymentId: payment.id, amount: 300 };

  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () => shop.call(refundPayment, wish, { as: admin })),
  );

  const refusals = results.filter((result) => result.status === 'rejected');
  assert.equal(results.length - refusals.length, 16);
  assert.ok(refusals.every(({ reason }) => refundExceedsPayment.is(reason)));
  const known = await settled(shop, payment);
  assert.deepEqual(known.refunded, { amount: 4800, currency: 'EUR' });
  assert.deepEqual(await chargesOf(payment), [200]);
});

test('a refund without an amount sends back all that is left', async () => {
  const payment = await paid();
  await shop.call(refundPayment, { paymentId: payment.id, amount: 1 }, { as: admin });
  const rest = await shop.call(refundPayment, { paymentId: payment.id }, { as: admin });
  assert.equal(rest.amount.amount, 4999);

  const asked = { refundId: rest.id, waitMs: 30_000 };
  const done = await shop.call(awaitRefund, asked, { as: admin, timeoutMs: 31_000 });
  assert.equal(done.status, 'succeeded');
  await settled(shop, payment);
  assert.deepEqual(await chargesOf(payment), [0]);
});

test('one key is one refund, however often it is sent', async () => {
  const payment = await paid();
  const by = { as: admin, key: randomUUID() };
  const wish = { paymentId: payment.id, amount: 1000 };
  const refunds = await Promise.all(
    Array.from({ length: 10 }, () => shop.call(refundPayment, wish, by)),
  );
  assert.equal(new Set(refunds.map(({ id }) => id)).size, 1);
  assert.equal((await settled(shop, payment)).refunded.amount, 1000);
});

test('what was declined can not be refunded', async () => {
  const { id: paymentId } = await paid('tok_declined');
  await assert.rejects(shop.call(refundPayment, { paymentId }, { as: admin }), notRefundable.is);
});

test('a payment is shown to who paid and to administrators, and refunded by these alone', async () => {
  const payment = await paid();
  const paymentId = payment.id;
  const owner: Actor = { kind: 'user', id: payment.userId, roles: ['customer'] };
  const other: Actor = { kind: 'user', id: randomUUID(), roles: ['customer'] };

  assert.deepEqual(await shop.call(getPayment, { paymentId }, { as: owner }), payment);
  assert.deepEqual(await shop.call(getPayment, { paymentId }, { as: admin }), payment);
  await assert.rejects(shop.call(getPayment, { paymentId }, { as: other }), unknownPayment.is);
  const refund = shop.call(refundPayment, { paymentId }, { as: owner });
  await assert.rejects(refund, { code: 'forbidden' });
});

test('the token is forgotten once the provider has answered', async () => {
  const { id } = await paid();
  const saga = await shop.operator('payments').sagas.show(id);
  assert.match(JSON.stringify(saga?.state), /"token":""/);
});

test('payments in flight when their host stops are charged once by the next one', async () => {
  const first = await openShop({ modules: [paymentsModule] });
  const tokens = ['tok_ok', 'tok_slow', 'tok_flaky', 'tok_unknown_outcome'];
  const begun = await Promise.all(tokens.map((token) => first.call(processPayment, asked(token))));
  await first.stop();

  const second = await openShop({ modules: [paymentsModule], place: first.place });
  for (const payment of begun) {
    assert.equal((await settled(second, payment)).status, 'succeeded');
    assert.deepEqual(await chargesOf(payment, first.place), [5000]);
  }
});

function abandonedOnly(error: unknown): void {
  if (!paymentAbandoned.is(error)) throw error;
}
