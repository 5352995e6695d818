import assert from 'node:assert/strict';
import test from 'node:test';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { type ReceivedSpan, startOtlpReceiver } from '#test/otlp-receiver';
import { startSplit } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { around, wholeTrace } from '#test/traces';

const hosts = {
  front: ['gateway', 'users', 'media', 'analytics', 'demo'],
  selling: ['orders', 'catalog'],
  stock: ['inventory'],
  money: ['payments', 'notifications'],
};

for (const calls of ['stream', 'request'] as const) {
  test(`an order across four hosts is one trace, calls as ${calls}`, async (t) => {
    const collector = await startOtlpReceiver();
    const dataDir = temporaryFolder(fileEnd);
    const shop = await startSplit({ hosts, calls, dataDir, env: collector.env });
    t.after(() => shop.stop());
    const url = shop.urls[0] as string;
    const productId = await stockProduct(await logInAdmin(url), 5);
    const customer = await Customer.signUp(url);
    const placed = await customer.order([{ productId, quantity: 2 }]);
    assert.equal(placed.body.status, 'completed');

    const traceId = placed.headers.get('x-request-id') as string;
    const last = [
      'server POST /api/orders',
      'server inventory.reserveStock',
      'server users.getUserProfile',
      'publish orders.orderCompleted',
    ];
    const spans = await wholeTrace(collector, traceId, last);
    const order = [
      'front server POST /api/orders',
      'front client orders.createOrder',
      'selling server orders.createOrder',
    ];
    assert.deepEqual(wayTo(spans, 'catalog.getProducts'), [
      ...order,
      'selling internal catalog.getProducts',
    ]);
    assert.deepEqual(wayTo(spans, 'inventory.reserveStock'), [
      ...order,
      'selling internal checkout reserve',
      'selling client inventory.reserveStock',
      'stock server inventory.reserveStock',
    ]);
    assert.deepEqual(wayTo(spans, 'users.getUserProfile'), [
      ...order,
      'selling internal checkout complete',
      'money consumer process orders.orderCompleted',
      'money client users.getUserProfile',
      'front server users.getUserProfile',
    ]);
  });
}

/** Host, kind and name of the spans around the innermost of this name, and of itself. */
function wayTo(spans: readonly ReceivedSpan[], name: string): readonly string[] {
  const ways = spans.filter((span) => span.name === name).map((span) => around(spans, span));
  const [longest = []] = ways.sort((a, b) => b.length - a.length);
  return longest.map((span) => `${span.service['service.name']} ${span.kind} ${span.name}`);
}
