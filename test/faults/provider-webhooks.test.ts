import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { ask, Customer, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { shown, startPaymentProvider, type TestProvider } from '#test/payment-provider';
import type { ChargeKept } from '#test/payment-provider-books';
import { deliver, type Message, message, signedHeaders } from '#test/payment-webhooks';
import { openRunningShop, type RunningShop } from '#test/running-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const path = '/api/payments/webhooks/http';

let provider: TestProvider;
let shop: RunningShop;
let customer: Customer;
let productId: string;

before(async () => {
  const ledger = join(temporaryFolder(fileEnd), 'ledger.jsonl');
  provider = await startPaymentProvider(fileEnd, { ledger });
  shop = await openRunningShop({
    PAYMENT_PROVIDER: 'http',
    PAYMENT_PROVIDER_URL: provider.url,
    PAYMENT_PROVIDER_KEY: provider.key,
    PAYMENT_WEBHOOK_SECRET: secret,
  });
  customer = await Customer.signUp(shop.url);
  productId = await stockProduct(shop.admin, 1_000);
});

const urlOf = (at: string) => new URL(at, shop.url).href;

async function post(sent: Message | Buffer, headers: Record<string, string>, at = path) {
  const body = Buffer.isBuffer(sent) ? new Uint8Array(sent) : sent.body;
  const response = await fetch(urlOf(at), { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, text, problem: text === '' ? {} : JSON.parse(text) };
}

/** An order whose charge the provider has taken and knows no outcome of. */
async function pendingOrder(): Promise<{ orderId: string; charge: ChargeKept }> {
  const items = [{ productId, quantity: 1 }];
  const placed = await customer.order(items, 'tok_pending', randomUUID(), 0);
  assert.equal(placed.status, 202);
  const of = ({ id }: { id: string }) => customer.ask(`GET /api/orders/${id}`);
  const charge = await until(() =>
    provider.books.charges.findLast(({ status }) => status === 'pending'),
  );
  assert.equal((await of(placed.body)).body.status, 'pending');
  return { orderId: placed.body.id, charge };
}

test('an order whose charge was pending ends when the webhook comes, before who waits for it', async () => {
  const items = [{ productId, quantity: 1 }];
  const key = randomUUID();
  assert.equal((await customer.order(items, 'tok_pending', key, 0)).status, 202);
  const waiting = customer.order(items, 'tok_pending', key, 30);
  const charge = await until(() => provider.books.charges.at(-1));
  const news = message('charge.succeeded', shown(provider.settle(charge.id, 'succeeded')));
  assert.equal(await deliver(urlOf(path), news, secret), 204);

  const { status, body } = await waiting;
  assert.deepEqual([status, body.status, body.paymentId], [201, 'completed', charge.reference]);
});

test('a webhook is answered with 204 and nothing, also the same one again and again', async () => {
  const { orderId, charge } = await pendingOrder();
  const news = message('charge.declined', shown(provider.settle(charge.id, 'declined')));
  const headers = signedHeaders(news, secret);
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(news, headers)));
  answers.push(await post(news, headers));
  assert.deepEqual(
    answers.filter(({ status, text }) => status !== 204 || text !== ''),
    [],
  );

  const told = await until(async () => {
    const { body } = await customer.ask(`GET /api/orders/${orderId}`);
    return body.status !== 'pending' && body;
  });
  assert.deepEqual([told.status, told.reason], ['rejected', 'payment_declined']);
});

test('a forger is answered with 401, and learns nothing', async () => {
  const { orderId, charge } = await pendingOrder();
  const news = message('charge.succeeded', { ...shown(charge), status: 'succeeded' });
  const forged = signedHeaders(news, `whsec_${randomBytes(32).toString('base64')}`);
  const old = signedHeaders(news, secret, Date.now() - 301_000);
  const early = signedHeaders(news, secret, Date.now() + 302_000);
  const { 'webhook-signature': _, ...unsigned } = signedHeaders(news, secret);
  for (const headers of [forged, old, early, unsigned, {}]) {
    const { status, problem } = await post(news, headers);
    assert.deepEqual([status, problem.code, problem.detail], [401, 'unauthenticated', undefined]);
  }
  const { body } = await customer.ask(`GET /api/orders/${orderId}`);
  assert.equal(body.status, 'pending');
  assert.equal(await deliver(urlOf(path), news, secret), 204);
});

test('what is signed is the body as it was sent, whatever its type and its line ends', async () => {
  const data = JSON.stringify({ type: 'charge.updated', data: { note: 'naïve ☕' } }, null, 2);
  const crlf: Message = { id: `msg_${randomUUID()}`, body: data.replaceAll('\n', '\r\n') };
  const signed = signedHeaders(crlf, secret);
  assert.equal((await post(crlf, { ...signed, 'content-type': 'text/plain' })).status, 204);
  const again: Message = { ...crlf, body: JSON.stringify(JSON.parse(crlf.body)) };
  assert.equal((await post(again, signed)).status, 401);
});

test('a signed body that is no webhook is answered with 400, one too long or packed not at all', async () => {
  const status = async (body: string, change: Record<string, string> = {}) => {
    const news: Message = { id: `msg_${randomUUID()}`, body };
    return (await post(news, { ...signedHeaders(news, secret), ...change })).status;
  };
  assert.equal(await status('{"type":'), 400);
  assert.equal(await status('{"no":"type"}'), 400);
  assert.equal(await status(`{"type":"${'x'.repeat(70_000)}"}`), 400);
  assert.equal(await status('x'.repeat(1_100_000)), 413);
  assert.equal(await status('{"type":"x"}', { 'content-encoding': 'gzip' }), 415);
  const latin = { id: `msg_${randomUUID()}`, body: '' };
  assert.equal((await post(Buffer.from([0x7b, 0xff]), signedHeaders(latin, secret))).status, 400);
});

test('there is no place for webhooks of a provider that is not configured', async () => {
  const news = message('charge.updated', {});
  const answered = await post(news, signedHeaders(news, secret), '/api/payments/webhooks/stripe');
  assert.deepEqual([answered.status, answered.problem.code], [404, 'route_not_found']);
});

test('fifty refunds of one payment at the door never send back more than the charge', async () => {
  const items = [{ productId, quantity: 4 }];
  const { body: order } = await customer.order(items);
  const charge = provider.books.charges.find(({ reference }) => reference === order.paymentId);
  assert.equal(charge?.amount, 5000);
  provider.treat(({ kind, nth }) => (kind === 'refund' && nth === 1 ? { after: 500 } : 'well'));

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      shop.admin.ask(`POST /api/payments/${order.paymentId}/refunds`, {
        body: { amount: 130 + n },
        headers: { 'idempotency-key': randomUUID() },
      }),
    ),
  );

  const accepted = answers.filter(({ status }) => status === 201).map(({ body }) => body);
  const refused = answers.filter(({ status }) => status !== 201);
  assert.ok(refused.every(({ body }) => body.code === 'refund_exceeds_payment'));
  const sum = accepted.reduce((all, { amount }) => all + amount.amount, 0);
  assert.ok(sum <= 5000 && sum + 180 > 5000, `${sum} of 5000`);
  const payment = await until(
    async () => {
      const { body } = await shop.admin.ask(`GET /api/payments/${order.paymentId}`);
      return body.refunding.amount === 0 && body;
    },
    { what: 'every refund to go back', timeoutMs: 30_000 },
  );
  assert.equal(payment.refunded.amount, sum);
  assert.equal(provider.books.chargeById(charge?.id ?? '')?.refunded, sum);
  provider.treat(() => 'well');
});

test('the sandbox takes no webhooks', async () => {
  const sandbox = await openRunningShop();
  const news = message('charge.updated', {});
  const { status } = await ask(sandbox.url, `POST ${path}`, {
    body: news.body,
    headers: signedHeaders(news, secret),
  });
  assert.equal(status, 404);
});
