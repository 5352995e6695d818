import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';

import { Customer, stockProduct } from '#test/customer';
import { openRunningShop } from '#test/running-shop';
import { until } from '#test/until';

const shop = await openRunningShop();

type Row = Record<string, number | string | null>;

async function report(type: string, query = ''): Promise<{ rows: Row[]; asOf: string | null }> {
  const { status, body } = await shop.admin.ask(`GET /api/analytics/reports/${type}${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const total = (rows: readonly Row[], column: string) =>
  rows.reduce((sum, row) => sum + Number(row[column]), 0);

async function sales() {
  const { rows } = await report('sales');
  return ['orders', 'gross', 'refunds', 'net'].map((column) => total(rows, column));
}

test('orders, money and customers are counted as they happen', async () => {
  const mug = await stockProduct(shop.admin, 10);
  const cup = await stockProduct(shop.admin, 10, { amount: 800, currency: 'EUR' });
  const [ann, bob] = [await Customer.signUp(shop.url), await Customer.signUp(shop.url)];
  await ann.order([
    { productId: mug, quantity: 2 },
    { productId: cup, quantity: 1 },
  ]);
  const second = await ann.order([{ productId: cup, quantity: 1 }]);
  await bob.order([{ productId: mug, quantity: 1 }]);
  await bob.order([{ productId: mug, quantity: 1 }], 'tok_declined');
  await ann.ask(`POST /api/orders/${second.body.id}/cancel`, { headers: { prefer: 'wait=30' } });

  const gross = 2 * 1250 + 800 + 800 + 1250;
  await until(async () => (await sales())[2] === 800, { what: 'the refund to be counted' });
  assert.deepEqual(await sales(), [3, gross, 800, gross - 800]);

  const products = (await report('top-products')).rows;
  assert.deepEqual(
    products.map(({ productId, units, orders, amount }) => [productId, units, orders, amount]),
    [
      [mug, 3, 2, 3750],
      [cup, 2, 2, 1600],
    ],
  );
  const customers = (await report('customers')).rows;
  assert.equal(total(customers, 'buyers'), 2);
  assert.equal(total(customers, 'firstTime'), 2);
  assert.ok(total(customers, 'registered') >= 2);
  assert.notEqual((await report('sales')).asOf, null);
});

test('an order counts in its own currency, and in no other', async () => {
  const ordersIn = (rows: readonly Row[], currency: string) =>
    total(
      rows.filter((row) => row.currency === currency),
      'orders',
    );
  const before = (await report('sales')).rows;
  const ann = await Customer.signUp(shop.url);
  for (const currency of ['CHF', 'CHF', 'EUR']) {
    const product = await stockProduct(shop.admin, 1, { amount: 500, currency });
    await ann.order([{ productId: product, quantity: 1 }]);
  }
  const gained = async () => {
    const { rows } = await report('sales');
    return ['CHF', 'EUR'].map((one) => ordersIn(rows, one) - ordersIn(before, one));
  };
  await until(async () => String(await gained()) === '2,1', { what: 'two and one' });
});

test('what front ends tell counts once, however often it is told', async () => {
  const sessionId = `session-${randomUUID()}`;
  const names = ['session_started', 'product_viewed', 'checkout_started'];
  const events = names.map((name) => ({ id: randomUUID(), name, sessionId }));
  const tell = () => shop.admin.ask('POST /api/analytics/events', { body: { events } });
  assert.deepEqual((await tell()).body, { accepted: 3 });
  assert.deepEqual((await tell()).body, { accepted: 0 });
  const steps = Object.fromEntries(
    (await report('funnel')).rows.map(({ step, count }) => [step, count]),
  );
  assert.deepEqual([steps.visits, steps.viewed, steps.carted, steps.checkout], [1, 1, 0, 1]);
});

test('events that are none are refused whole', async () => {
  const event = { id: randomUUID(), name: 'product_viewed', sessionId: 'session-1' };
  for (const body of [
    { events: [] },
    { events: [{ ...event, name: 'bought_everything' }] },
    { events: [{ ...event, sessionId: '=cmd()' }] },
    { events: [{ ...event, secret: 1 }] },
    { events: Array.from({ length: 101 }, () => ({ ...event, id: randomUUID() })) },
  ]) {
    const { status } = await shop.admin.ask('POST /api/analytics/events', { body });
    assert.equal(status, 400, JSON.stringify(body).slice(0, 80));
  }
});

test('reports are for administrators, and say what is wrong with what they are asked', async () => {
  const ann = await Customer.signUp(shop.url);
  assert.equal((await ann.ask('GET /api/analytics/reports/sales')).status, 403);
  const wrong = await shop.admin.ask('GET /api/analytics/reports/sales?zone=Mars/Olympus');
  assert.equal(wrong.status, 400);
  assert.equal(wrong.body.errors[0].field, 'zone');
  const unknown = await shop.admin.ask('GET /api/analytics/reports/astrology');
  assert.equal(unknown.status, 400);
});

test('a report is CSV too, with the same numbers and no formulas', async () => {
  const evil = await shop.admin.ask('POST /api/products', {
    body: {
      sku: 'evil',
      name: '=HYPERLINK("http://evil")',
      description: '',
      price: { amount: 100, currency: 'EUR' },
    },
  });
  await shop.admin.ask(`PUT /api/inventory/${evil.body.id}`, { body: { onHand: 1 } });
  const ann = await Customer.signUp(shop.url);
  await ann.order([{ productId: evil.body.id, quantity: 1 }]);
  const csv = async () =>
    String((await shop.admin.ask('GET /api/analytics/reports/top-products/csv')).body);
  await until(async () => (await csv()).includes('HYPERLINK'));
  const [head, ...lines] = (await csv()).trim().split('\n');
  assert.equal(head, 'productId,name,currency,orders,units,amount');
  const line = lines.find((one) => one.includes('HYPERLINK')) ?? '';
  assert.match(line, /,"'=HYPERLINK\(""http:\/\/evil""\)",EUR,1,1,100$/);
  const { headers } = await shop.admin.ask('GET /api/analytics/reports/top-products/csv');
  assert.match(
    headers.get('content-disposition') ?? '',
    /attachment; filename="top-products-.*csv"/,
  );
});
