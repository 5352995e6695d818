import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ask, Customer, stockProduct } from '#test/customer';
import { mailbox, moneyAtProvider } from '#test/oracles';
import { openRunningShop } from '#test/running-shop';
import { until } from '#test/until';

const buyers = 200;
const units = 20;

test('200 buyers race for 20 units, a third with declined cards: nobody is cheated', async (t) => {
  const { url, admin, dataDir } = await openRunningShop();
  const productId = await stockProduct(admin, units);
  const customers = await Customer.signUpMany(url, buyers);

  const answers = await Promise.all(
    customers.map((customer, index) =>
      customer.order([{ productId, quantity: 1 }], index % 3 === 0 ? 'tok_declined' : 'tok_ok'),
    ),
  );

  const completed = answers.filter(({ status }) => status === 201);
  const refusals = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
  const counts = Object.groupBy(refusals, (code: string) => code);
  t.diagnostic(
    `completed ${completed.length}, ${Object.entries(counts).map(([code, all]) => `${code} ${all?.length}`)}`,
  );
  assert.ok(completed.length > 0 && completed.length <= units);
  assert.ok(refusals.every((code: string) => ['out_of_stock', 'payment_declined'].includes(code)));

  const { body: stock } = await ask(url, `GET /api/inventory/${productId}`);
  const left = units - completed.length;
  assert.deepEqual(stock, { productId, onHand: left, reserved: 0, available: left });

  const kept = await moneyAtProvider(dataDir);
  assert.deepEqual(
    [...kept.values()].filter((amount) => amount > 0).length,
    completed.length,
    'the provider keeps one charge for each completed order and none else',
  );
  for (const { body } of completed) assert.equal(kept.get(body.paymentId), body.total.amount);

  const mails = await until(async () => {
    const sent = (await mailbox(admin)).filter(({ template }) => template === 'order_completed');
    return sent.length >= completed.length && sent;
  });
  const buyersServed = completed.map(({ body }) => body.userId).sort();
  assert.deepEqual(mails.map(({ userId }) => userId).sort(), buyersServed, 'one mail each');
});

test('the last units all sell once the declined cards have given theirs back', async () => {
  const { url, admin } = await openRunningShop();
  const productId = await stockProduct(admin, 3);
  const customers = await Customer.signUpMany(url, 6);
  await Promise.all(
    customers.map((customer) => customer.order([{ productId, quantity: 1 }], 'tok_declined')),
  );

  const answers = await Promise.all(
    customers.map((customer) => customer.order([{ productId, quantity: 1 }])),
  );

  assert.equal(answers.filter(({ status }) => status === 201).length, 3);
});
