import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, beforeEach, test } from 'node:test';

import { alter, park } from '#test/jam';
import type { Asked, Manner } from '#test/payment-provider';
import { until } from '#test/until';

import { type Payment, payments, type Refund } from '../contract.ts';
import { admin, openProviderShop, type ProviderShop } from './provider-shop.ts';

const { awaitRefund, refundPayment } = payments.calls;
const dayMs = 86_400_000;

let one: ProviderShop;
let payment: Payment;

before(async () => {
  one = await openProviderShop();
});

beforeEach(async () => {
  one.provider.treat(() => 'well');
  payment = await one.settled(await one.begin());
});

const refund = (cents: number): Promise<Refund> =>
  one.shop.call(refundPayment, { paymentId: payment.id, amount: cents }, { as: admin });

const done = ({ id: refundId }: Refund) =>
  one.shop.call(awaitRefund, { refundId, waitMs: 30_000 }, { as: admin, timeoutMs: 31_000 });

const gone = () => one.charges(payment).map(({ refunded }) => refunded);

/** As after a day: whatever was sent is forgotten, but for the money. */
function aDayPasses(): void {
  one.shop.clock.advance(dayMs);
  one.provider.forgetKeys();
}

/** Every first answer about a refund is none, and a day later the provider is there again. */
const aDayLate =
  (manner: (asked: Asked) => Manner) =>
  (asked: Asked): Manner => {
    if (asked.kind !== 'refund' || asked.nth > 1) return 'well';
    setImmediate(aDayPasses);
    return manner(asked);
  };

async function problem({ id }: Refund, words: RegExp): Promise<void> {
  const show = () => one.shop.operator('payments').sagas.show(`refund:${id}`);
  await until(async () => words.test((await show())?.problem?.title ?? ''), { what: `${words}` });
}

const ofYesterday = (item: object): object => ({ ...item, refunded: 0 });

/** As a version left it that took no turns: about to send. */
const olderVersion = ({ id }: Refund) =>
  alter(
    one.shop.place,
    'payments',
    `update refunds set sending = null where id = '${id}';
     update sagas set version = 1, step = 'send', lease_holder = null, epoch = epoch + 1
       where id = '${id}' and name = 'refund'`,
  );

for (const manner of ['cutAfter', 'cutBefore', 'hangAfter', 'hangBefore'] as const) {
  test(`a refund that has been in doubt for a day goes back once: ${manner}`, async () => {
    one.provider.treat(aDayLate(() => manner));
    assert.equal((await done(await refund(700))).status, 'succeeded');
    assert.deepEqual(gone(), [700]);
  });
}

test('partial refunds of one amount that are all in doubt for a day go back once each', async () => {
  const ways: readonly Manner[] = ['cutAfter', 'cutBefore', { after: 500 }, { before: 500 }];
  const left = [...ways];
  one.provider.treat(aDayLate(() => left.pop() ?? 'well'));
  const refunds = await Promise.all(ways.map(() => refund(300)));
  for (const each of refunds) assert.equal((await done(each)).status, 'succeeded');
  assert.deepEqual(left, []);
  assert.deepEqual(gone(), [1200]);
  assert.equal((await one.settled(payment)).refunded.amount, 1200);
});

test('what somebody sent back by hand before is not taken for a refund', async () => {
  const [charge] = one.charges(payment);
  const byHand = { id: 're_hand', key: randomUUID(), chargeId: charge?.id ?? '', amount: 700 };
  one.provider.books.enter({ kind: 'refund', ...byHand });
  one.provider.treat(aDayLate(() => 'cutBefore'));
  await done(await refund(700));
  assert.deepEqual(gone(), [1400]);
});

test('where the provider’s answer is older than our books, our books count', async () => {
  await done(await refund(300));
  let lists = 0;
  const late = aDayLate(() => 'cutBefore');
  one.provider.treat((asked) => {
    if (asked.kind !== 'list' || ++lists > 1) return late(asked);
    return { twist: ({ items }) => ({ items: (items as object[]).map(ofYesterday) }) };
  });
  await done(await refund(300));
  assert.deepEqual(gone(), [600]);
});

test('a refund that an older version began ends as it began, and is taken for no other', async () => {
  let first: string | undefined;
  one.provider.treat(({ kind, about }) => {
    if (kind === 'refund') first ??= about;
    return about === first ? 'cutBefore' : 'well';
  });
  const ours = await refund(300);
  await until(() => first === ours.id, { what: 'the first to be sent' });
  const older = await refund(300);
  await olderVersion(older);
  assert.equal((await done(older)).status, 'succeeded');
  aDayPasses();
  await problem(ours, /does not add up/);
  assert.deepEqual(gone(), [300]);
});

test('what an older version has sent back before is no doubt of a later refund', async () => {
  const older = await refund(300);
  await done(older);
  await olderVersion(older);
  one.provider.treat(aDayLate(() => 'cutAfter'));
  assert.equal((await done(await refund(400))).status, 'succeeded');
  assert.deepEqual(gone(), [700]);
});

test('a refund beside which something else has gone back is left to a person', async () => {
  const [charge] = one.charges(payment);
  const byHand = { id: 're_hand', key: randomUUID(), chargeId: charge?.id ?? '', amount: 100 };
  one.provider.treat(
    aDayLate(() => {
      one.provider.books.enter({ kind: 'refund', ...byHand });
      return 'cutAfter';
    }),
  );
  const asked = await refund(700);
  await problem(asked, /does not add up/);
  assert.equal(one.provider.asked('refund', asked.id), 1);

  await park(one.shop.place, 'payments', 'refund', asked.id);
  const { sagas } = one.shop.operator('payments');
  assert.equal(await sagas.resolve(`refund:${asked.id}`, 'completed', 'seen in its books'), true);
  assert.equal((await done(asked)).status, 'succeeded');
  assert.deepEqual(gone(), [800]);
});

test('where the provider never tells what has gone back, a refund in doubt is not sent for ever', async () => {
  const untold: Manner = {
    twist: ({ items }) => ({
      items: (items as object[]).map((item) => ({ ...item, refunded: undefined })),
    }),
  };
  one.provider.treat(({ kind, nth }) => {
    if (kind === 'list') return untold;
    return kind === 'refund' && nth === 1 ? 'cutAfter' : 'well';
  });
  assert.equal((await done(await refund(300))).status, 'succeeded');
  assert.deepEqual(gone(), [300]);

  one.provider.treat((asked) =>
    asked.kind === 'list' ? untold : aDayLate(() => 'cutAfter')(asked),
  );
  const late = await refund(700);
  await problem(late, /does not tell what has gone back/);
  assert.equal(one.provider.asked('refund', late.id), 1);
  assert.deepEqual(gone(), [1000]);
});
