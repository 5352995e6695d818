import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';

import { ask, Customer, stockProduct } from '#test/customer';
import { openRunningShop, type RunningShop } from '#test/running-shop';
import { until } from '#test/until';

let shop: RunningShop;

before(async () => {
  shop = await openRunningShop();
});

const stockOf = async (productId: string) =>
  (await ask(shop.url, `GET /api/inventory/${productId}`)).body;

const mailsTo = async (customer: Customer): Promise<{ template: string }[]> =>
  (await customer.ask('GET /api/notifications')).body.items;

test('a customer signs up, browses, orders, and gets a mail', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);

  const shelf = await ask(shop.url, 'GET /api/products?limit=100');
  assert.equal(shelf.status, 200);
  assert.ok(shelf.body.items.some((product: { id: string }) => product.id === productId));

  const placed = await customer.order([{ productId, quantity: 2 }]);
  assert.equal(placed.status, 201);
  assert.equal(placed.body.status, 'completed');
  assert.deepEqual(placed.body.total, { amount: 2500, currency: 'EUR' });
  assert.deepEqual(await stockOf(productId), { productId, onHand: 3, reserved: 0, available: 3 });

  const listed = await customer.ask('GET /api/orders');
  assert.deepEqual(
    listed.body.items.map((order: { id: string }) => order.id),
    [placed.body.id],
  );
  const mails = await until(async () => {
    const sent = await mailsTo(customer);
    return sent.some(({ template }) => template === 'order_completed') && sent;
  });
  assert.equal(mails.filter(({ template }) => template === 'order_completed').length, 1);
});

test('who gets money back hears of each refund, and of a cancelled order once', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);
  const refunded = (await customer.order([{ productId, quantity: 1 }])).body;
  const cancelled = (await customer.order([{ productId, quantity: 1 }])).body;
  const refund = async (body: object) => {
    const headers = { 'idempotency-key': randomUUID() };
    const path = `POST /api/payments/${refunded.paymentId}/refunds` as const;
    assert.equal((await shop.admin.ask(path, { headers, body })).status, 201);
  };
  await refund({ amount: 300 });
  await refund({});
  await customer.ask(`POST /api/orders/${cancelled.id}/cancel`, { headers: { prefer: 'wait=30' } });

  const told = (await until(
    async () => {
      const mails = (await customer.ask('GET /api/notifications?limit=100')).body.items;
      const news = mails.filter(({ template }: { template: string }) =>
        /refund|cancel/.test(template),
      );
      return news.length >= 3 && news;
    },
    { what: 'three mails' },
  )) as { template: string; text: string }[];
  const amounts = told.map(({ template, text }) => `${template} ${/€[\d.]+/.exec(text)}`);
  assert.deepEqual(amounts.sort(), [
    'order_cancelled €12.50',
    'payment_refunded €3.00',
    'payment_refunded €9.50',
  ]);
});

test('a declined card leaves nothing reserved and an order that says why', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);

  const refused = await customer.order([{ productId, quantity: 1 }], 'tok_declined');

  assert.equal(refused.status, 402);
  assert.equal(refused.body.code, 'payment_declined');
  assert.deepEqual(await stockOf(productId), { productId, onHand: 5, reserved: 0, available: 5 });
  const [order] = (await customer.ask('GET /api/orders')).body.items;
  assert.deepEqual([order.status, order.reason], ['rejected', 'payment_declined']);
});

test('an order for more than there is, is refused and charges nothing', async () => {
  const productId = await stockProduct(shop.admin, 1);
  const customer = await Customer.signUp(shop.url);

  const refused = await customer.order([{ productId, quantity: 2 }]);

  assert.equal(refused.status, 409);
  assert.equal(refused.body.code, 'out_of_stock');
  assert.deepEqual(await stockOf(productId), { productId, onHand: 1, reserved: 0, available: 1 });
});

test('the same key again is the same order, and with another body it is refused', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);
  const key = randomUUID();

  const first = await customer.order([{ productId, quantity: 1 }], 'tok_ok', key);
  const second = await customer.order([{ productId, quantity: 1 }], 'tok_ok', key);
  const other = await customer.order([{ productId, quantity: 2 }], 'tok_ok', key);

  assert.equal(first.status, 201);
  assert.equal(second.body.id, first.body.id);
  assert.equal(other.status, 422);
  assert.equal(other.body.code, 'idempotency_key_reused');
  assert.equal((await stockOf(productId)).onHand, 4);
});

test('two customers may use the same key, and get an order each', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const [one, two] = [await Customer.signUp(shop.url), await Customer.signUp(shop.url)];
  const key = randomUUID();

  const first = await one.order([{ productId, quantity: 1 }], 'tok_ok', key);
  const second = await two.order([{ productId, quantity: 1 }], 'tok_ok', key);

  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.notEqual(first.body.id, second.body.id);
});

test('an unknown payment outcome resolves itself, and charges once', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);

  const placed = await customer.order([{ productId, quantity: 1 }], 'tok_unknown_outcome');
  const location = placed.headers.get('location') ?? `/api/orders/${placed.body.id}`;
  const ended = await until(
    async () => {
      const { body } = await customer.ask(`GET ${location}`);
      return body.status !== 'pending' && body;
    },
    { timeoutMs: 30_000 },
  );

  assert.equal(ended.status, 'completed');
  const payment = await customer.ask(`GET /api/payments/${ended.paymentId}`);
  assert.equal(payment.body.status, 'succeeded');
});

test('a cancelled order gives the money back and restocks', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);
  const placed = await customer.order([{ productId, quantity: 2 }]);

  const cancelled = await customer.ask(`POST /api/orders/${placed.body.id}/cancel`);
  assert.ok(cancelled.status < 300, `${cancelled.status} ${JSON.stringify(cancelled.body)}`);
  await until(async () => {
    const { body } = await customer.ask(`GET /api/orders/${placed.body.id}`);
    return body.status === 'cancelled';
  });

  assert.deepEqual(await stockOf(productId), { productId, onHand: 5, reserved: 0, available: 5 });
  const payment = await customer.ask(`GET /api/payments/${placed.body.paymentId}`);
  assert.deepEqual(payment.body.refunded, placed.body.total);
});

test('a stranger can not tell another customer’s order from one that never was', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const owner = await Customer.signUp(shop.url);
  const stranger = await Customer.signUp(shop.url);
  const { body: order } = await owner.order([{ productId, quantity: 1 }]);

  const theirs = await stranger.ask(`GET /api/orders/${order.id}`);
  const nobodys = await stranger.ask(`GET /api/orders/${randomUUID()}`);

  assert.deepEqual([theirs.status, nobodys.status], [404, 404]);
  assert.equal(theirs.body.code, nobodys.body.code);
});
