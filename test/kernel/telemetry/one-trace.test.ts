import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { ask, Customer, stockProduct } from '#test/customer';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '#test/otlp-receiver';
import { openRunningShop, type RunningShop } from '#test/running-shop';
import { named, wayTo, wholeTrace } from '#test/traces';
import { until } from '#test/until';

/** What an order has led to when all of it has come. */
const allOfAnOrder = [
  'POST /api/orders',
  'publish payments.paymentSucceeded',
  'publish orders.orderCompleted',
  'process orders.orderCompleted',
  'users.getUserProfile',
];

let collector: OtlpReceiver;
let shop: RunningShop;

before(async () => {
  collector = await startOtlpReceiver();
  shop = await openRunningShop(collector.env);
});

test('an order is one trace: its request, its calls, the steps of its sagas, its events and who hears them', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);
  const placed = await customer.order([{ productId, quantity: 2 }]);
  assert.equal(placed.status, 201);

  const traceId = placed.headers.get('x-request-id') as string;
  const spans = await wholeTrace(collector, traceId, allOfAnOrder);
  const place = ['POST /api/orders', 'orders.createOrder'];
  assert.deepEqual(wayTo(spans, 'catalog.getProducts'), [...place, 'catalog.getProducts']);
  assert.deepEqual(wayTo(spans, 'inventory.reserveStock'), [
    ...place,
    'checkout reserve',
    'inventory.reserveStock',
  ]);
  assert.deepEqual(wayTo(spans, 'publish payments.paymentSucceeded'), [
    ...place,
    'checkout charge',
    'payments.processPayment',
    'charge charge',
    'publish payments.paymentSucceeded',
  ]);
  assert.deepEqual(wayTo(spans, 'users.getUserProfile'), [
    ...place,
    'checkout complete',
    'process orders.orderCompleted',
    'users.getUserProfile',
  ]);
  assert.deepEqual(wayTo(spans, 'publish orders.orderCompleted').slice(0, -1), [
    ...place,
    'checkout complete',
  ]);
});

test('a span tells what it is, what came of it, and who heard of it', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);
  const placed = await customer.order([{ productId, quantity: 1 }]);
  const traceId = placed.headers.get('x-request-id') as string;
  const spans = await wholeTrace(collector, traceId, allOfAnOrder);

  const request = named(spans, 'POST /api/orders');
  assert.equal(request.kind, 'server');
  assert.equal(request.facts['http.route'], '/api/orders');
  assert.equal(request.facts['http.response.status_code'], 201);
  assert.equal(request.service['service.name'], 'seamline');
  const step = named(spans, 'checkout reserve');
  assert.equal(step.facts['seamline.saga.id'], placed.body.id);
  assert.equal(step.facts['seamline.saga.attempt'], 1);
  const handling = named(spans, 'process orders.orderCompleted');
  assert.equal(handling.kind, 'consumer');
  assert.equal(handling.facts['messaging.consumer.group.name'], 'notifications');
  assert.deepEqual(handling.links, [{ traceId, spanId: handling.parentSpanId }]);
  assert.equal(named(spans, 'publish orders.orderCompleted').kind, 'producer');
  assert.ok(spans.every(({ isBroken }) => !isBroken));
});

test('a refusal is an answer: its code is told, and nothing is marked as broken', async () => {
  const productId = await stockProduct(shop.admin, 5);
  const customer = await Customer.signUp(shop.url);
  const refused = await customer.order([{ productId, quantity: 1 }], 'tok_declined');
  assert.equal(refused.status, 402);
  const traceId = refused.headers.get('x-request-id') as string;
  const spans = await wholeTrace(collector, traceId, ['POST /api/orders', 'checkout undo reserve']);
  assert.equal(named(spans, 'POST /api/orders').facts['http.response.status_code'], 402);
  const charging = named(spans, 'checkout charge');
  assert.equal(charging.facts['seamline.failure.code'], 'payment_declined');
  assert.deepEqual(
    spans.filter(({ isBroken }) => isBroken).map(({ name }) => name),
    [],
  );
});

test('a trace from outside is linked to and never continued', async () => {
  const outside = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
  const sent = `00-${outside.traceId}-${outside.spanId}-01`;
  const products = (traceparent: string) =>
    ask(shop.url, 'GET /api/products', { headers: { traceparent, baggage: 'a=b' } });

  const answered = await products(sent);
  const traceId = answered.headers.get('x-request-id') as string;
  assert.notEqual(traceId, outside.traceId);
  const spans = await wholeTrace(collector, traceId, ['GET /api/products', 'catalog.listProducts']);
  assert.deepEqual(named(spans, 'GET /api/products').links, [outside]);
  assert.ok(!collector.spans.some((span) => span.traceId === outside.traceId));

  for (const nonsense of [`${sent}${'0'.repeat(8_000)}`, '00-zz', `00-${'0'.repeat(32)}-1`]) {
    const next = await products(nonsense);
    const own = next.headers.get('x-request-id') as string;
    const [request] = await wholeTrace(collector, own, ['GET /api/products']);
    assert.deepEqual(request?.links, []);
  }
});

test('what comes round is a trace each time', async () => {
  const isRound = ({ name }: ReceivedSpan) => name === 'inventory expire reservations';
  const [round] = await until(
    () => collector.spans.some(isRound) && collector.spans.filter(isRound),
  );
  assert.equal(round?.parentSpanId, '');
  assert.equal(round?.facts['seamline.module'], 'inventory');
});

test('nothing that was said and nobody’s address is in what a collector is told', async () => {
  const customer = await Customer.signUp(shop.url, 'discreet');
  const listed = await customer.ask('GET /api/notifications');
  const traceId = listed.headers.get('x-request-id') as string;
  await wholeTrace(collector, traceId, ['GET /api/notifications']);
  const told = collector.text();
  const secrets = [customer.email, customer.password, customer.token, shop.admin.token, 'tok_ok'];
  for (const secret of [...secrets, 'discreet', '@example.com', 'Bearer', '127.0.0.1']) {
    assert.ok(!told.includes(secret), `${secret} was told`);
  }
});
