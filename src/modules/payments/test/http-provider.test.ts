import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { createLogger } from '#kernel/log';
import type { Asked, Manner } from '#test/payment-provider';
import { until } from '#test/until';

import { type Payment, payments } from '../contract.ts';
import { HttpProvider } from '../providers/http-provider.ts';
import { amount, openProviderShop, type ProviderShop } from './provider-shop.ts';

const { cancelPayment, getPayment } = payments.calls;

let one: ProviderShop;
const begun: Payment[] = [];

before(async () => {
  one = await openProviderShop();
  one.provider.treat(atFirst);
  // All at once: some of them are silent for seconds.
  begun.push(...(await Promise.all(manners.map((_, n) => one.begin(`tok_${n}`)))));
});

const declined = (right: object) => ({ ...right, status: 'declined', declineCode: 'expired' });
const twist = (change: object): Manner => ({ twist: (right) => ({ ...right, ...change }) });

/** Everything that is no answer, whatever has become of the money. */
const noAnswers: Readonly<Record<string, Manner>> = {
  'hangs after charging': 'hangAfter',
  'hangs before charging': 'hangBefore',
  'breaks the line after charging': 'cutAfter',
  'breaks the line before charging': 'cutBefore',
  'answers 500 after charging': { after: 500 },
  'answers 500 before charging': { before: 500 },
  'answers 503': { before: 503 },
  'answers 429': { before: 429 },
  'refuses the key with 401': { before: 401 },
  'refuses us with 403': { before: 403 },
  'says declined with 422 after charging': { after: 422, body: declined },
  'says declined with 402 after charging': { after: 402, body: declined },
  'says declined with 200 after charging': { after: 200, body: declined },
  'sends us elsewhere': { before: 307, location: '/elsewhere' },
  'answers with nothing after charging': { after: 201, body: '' },
  'answers with a page after charging': { after: 201, body: '<html>thank you</html>' },
  'answers with a list after charging': { after: 201, body: '[]' },
  'answers half a charge': { twist: ({ id, status }) => ({ id, status }) },
  'answers an unknown status': twist({ status: 'failed' }),
  'answers a charge of less': twist({ amount: 4999 }),
  'answers in another currency': twist({ currency: 'USD' }),
  'answers a charge of somebody else': twist({ reference: 'other', status: 'declined' }),
  'answers without end': { twist: (right) => ({ ...right, more: 'x'.repeat(400_000) }) },
  'answers one key twice': {
    twist: (right) => JSON.stringify(right).replace('{', '{"status":"declined",'),
  },
};

const manners = Object.entries(noAnswers);
const mannerOf = (token: string) => manners[Number(/^tok_(\d+)$/.exec(token)?.[1])]?.[1] ?? 'well';
const atFirst = ({ kind, nth, token }: Asked) =>
  kind === 'charge' && nth === 1 ? mannerOf(token) : 'well';

for (const [n, [name]] of manners.entries()) {
  test(`a provider that ${name} has said neither yes nor no: it is charged, once`, async () => {
    const payment = begun[n] as Payment;
    const paid = await one.settled(payment);
    assert.deepEqual([paid.status, paid.declineCode], ['succeeded', undefined]);
    const { provider } = one;
    const again = provider.asked('list', paid.id) + provider.asked('charge', paid.id) - 1;
    assert.ok(again > 0, 'it was asked again, for it was not believed');
    assert.deepEqual(
      one.charges(payment).map((charge) => charge.amount),
      [5000],
    );
  });
}

test('each of these payments was published as succeeded, once', async () => {
  for (const payment of begun) {
    assert.deepEqual(await one.events(payment), ['payments.paymentSucceeded']);
  }
});

test('a declined charge is a no, and says why in a word', async () => {
  one.provider.treat(() => 'well');
  const payment = await one.settled(await one.begin('tok_declined'));
  assert.deepEqual([payment.status, payment.declineCode], ['declined', 'insufficient_funds']);

  one.provider.treat(({ kind }) =>
    kind === 'charge' ? twist({ declineCode: 'Dear <b>customer</b>' }) : 'well',
  );
  assert.equal((await one.settled(await one.begin('tok_declined'))).declineCode, 'declined');
});

test('what costs nothing is paid, and no provider is asked to charge nothing', async () => {
  one.provider.treat(() => ({ before: 422 }));
  const asked = {
    orderId: randomUUID(),
    userId: randomUUID(),
    amount: { amount: 0, currency: 'EUR' },
    method: 'card' as const,
    token: 'tok_ok',
  };
  const payment = await one.settled(await one.shop.call(payments.calls.processPayment, asked));
  assert.equal(payment.status, 'succeeded');
  assert.deepEqual(one.charges(payment), []);
  assert.deepEqual(await one.events(payment), ['payments.paymentSucceeded']);
});

test('the provider hears of a charge with a key, and nobody else hears the key', async () => {
  one.provider.treat(() => 'well');
  const payment = await one.settled(await one.begin());
  assert.deepEqual(
    one.charges(payment).map(({ key }) => key),
    [payment.id],
  );
  assert.deepEqual(one.provider.stray, []);
});

test('whoever asks gets an answer in time, from a silent provider too', async () => {
  one.provider.treat(() => 'hangBefore');
  const { url, key } = one.provider;
  const asking = new HttpProvider({ url: new URL(url), key }, createLogger('silent'));
  const patient = new AbortController().signal;
  const found = asking.findByReference({ reference: 'r', amount }, patient);
  const late = pause(9_000, 'too late', { ref: false });
  const unknown = { status: 'unknown', why: 'the provider was silent' };
  assert.deepEqual(await Promise.race([found, late]), unknown);
});

test('a charge of other money never counts as paid, however often it is told', async () => {
  one.provider.treat(() => ({
    twist: ({ items, ...charge }) =>
      Array.isArray(items)
        ? { items: items.map((item) => ({ ...item, amount: 1 })) }
        : { ...charge, amount: 1 },
  }));
  const payment = await one.begin();
  const asked = () => one.provider.shown.get('list twist') ?? 0;
  await until(() => asked() >= 3, { what: 'the provider to be asked three times' });
  const { status } = await one.shop.call(getPayment, { paymentId: payment.id });
  assert.equal(status, 'pending');
  const saga = await one.shop.operator('payments').sagas.show(payment.id);
  assert.match(saga?.problem?.title ?? '', /not a charge of something else|something else/);

  one.provider.treat(() => 'well');
  assert.equal((await one.settled(payment)).status, 'succeeded');
  assert.equal(one.charges(payment).length, 1);
});

test('two charges of one payment are nothing that a machine should settle', async () => {
  one.provider.treat(({ kind }) =>
    kind === 'charge'
      ? 'cutAfter'
      : { twist: ({ items }) => ({ items: twice(items as readonly object[]) }) },
  );
  const payment = await one.begin();
  const asked = () => one.provider.shown.get('list twist') ?? 0;
  const before = asked();
  await until(() => asked() >= before + 2, { what: 'the provider to be asked twice' });
  const { status } = await one.shop.call(getPayment, { paymentId: payment.id });
  assert.equal(status, 'pending');
  one.provider.treat(() => 'well');
  await one.settled(payment);
});

test('a charge long in doubt is asked about before it is sent again: keys are forgotten', async () => {
  one.provider.treat(({ kind, nth }) => {
    if (kind === 'charge') return 'cutAfter';
    if (nth > 1) return 'well';
    one.shop.clock.advance(86_400_000);
    one.provider.forgetKeys();
    return { before: 503 };
  });
  const payment = await one.begin();
  assert.equal((await one.settled(payment)).status, 'succeeded');
  assert.equal(one.charges(payment).length, 1);
});

test('a pending charge is asked about until it is settled, and its token is forgotten', async () => {
  one.provider.treat(() => 'well');
  const payment = await one.begin('tok_pending');
  const [charge] = await until(() => one.charges(payment).length > 0 && one.charges(payment));
  const { sagas } = one.shop.operator('payments');
  const waiting = await until(() => sagas.show(`pendingCharge:${payment.id}`));
  assert.doesNotMatch(JSON.stringify(waiting), /tok_pending/);
  const sent = await sagas.show(`charge:${payment.id}`);
  assert.equal(sent?.status, 'completed');
  assert.doesNotMatch(JSON.stringify(sent), /tok_pending/);

  one.provider.settle(charge?.id ?? '', 'succeeded');
  assert.equal((await one.settled(payment)).status, 'succeeded');
  assert.equal(one.charges(payment).length, 1);
});

test('a payment given up while it is pending goes back once it is charged', async () => {
  one.provider.treat(() => 'well');
  const payment = await one.begin('tok_pending');
  const [charge] = await until(() => one.charges(payment).length > 0 && one.charges(payment));
  await one.shop.call(cancelPayment, { orderId: payment.orderId });
  one.provider.settle(charge?.id ?? '', 'succeeded');

  assert.deepEqual((await one.settled(payment)).refunded, amount);
  assert.deepEqual(
    one.charges(payment).map(({ refunded }) => refunded),
    [5000],
  );
});

function twice(items: readonly object[]): object[] {
  return items.flatMap((item) => [item, { ...item, id: 'ch_other' }]);
}
