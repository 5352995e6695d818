import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';

import { type Message, message, signedHeaders } from '#test/payment-webhooks';

import { payments } from '../contract.ts';
import { newSecret, openProviderShop, type ProviderShop } from './provider-shop.ts';
import { type Headers, pending, receive, tell, told } from './webhook-teller.ts';

const { getPayment, receiveWebhook } = payments.calls;
const { webhookMalformed } = payments.errors;

let one: ProviderShop;

before(async () => {
  one = await openProviderShop();
});

const minute = 60_000;
const unauthenticated = { code: 'unauthenticated' };

test('who does not know the secret is refused, and changes nothing', async () => {
  const { payment, charge } = await pending(one);
  const news = told('charge.succeeded', charge);
  const right = signedHeaders(news, one.secret);
  const signature = right['webhook-signature'] ?? '';
  const other = message('charge.succeeded', {}, news.id);
  const spaced: Message = { ...news, body: JSON.stringify(JSON.parse(news.body), null, 2) };
  const [seconds = ''] = [right['webhook-timestamp']];
  const forgeries: readonly (readonly [Message, Headers])[] = [
    [news, signedHeaders(news, newSecret())],
    [{ ...news, body: `${news.body} ` }, right],
    [spaced, right],
    [other, right],
    [news, { ...right, 'webhook-id': 'msg_other' }],
    [news, { ...right, 'webhook-timestamp': `${Number(seconds) + 1}` }],
    [news, { ...right, 'webhook-timestamp': `${seconds}000` }],
    [news, { ...right, 'webhook-timestamp': `${seconds} ` }],
    [news, { ...right, 'webhook-signature': '' }],
    [news, { ...right, 'webhook-signature': 'v1,' }],
    [news, { ...right, 'webhook-signature': signature.replace('v1,', 'v1a,') }],
    [news, { ...right, 'webhook-signature': signature.slice(0, -2) }],
    [news, { ...right, 'webhook-signature': `${signature}A` }],
    [news, {}],
  ];
  for (const [sent, headers] of forgeries) {
    await assert.rejects(receive(one, sent, headers), unauthenticated, JSON.stringify(headers));
  }
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    const { [name]: _, ...rest } = right;
    await assert.rejects(receive(one, news, rest), unauthenticated, name);
  }
  const { status } = await one.shop.call(getPayment, { paymentId: payment.id });
  assert.equal(status, 'pending');

  await receive(one, news, right);
  assert.equal((await one.settled(payment)).status, 'succeeded');
});

test('what is signed can not be cut into other parts', async () => {
  const { body } = message('charge.succeeded', { reference: randomUUID() });
  const seconds = Math.floor(Date.now() / 1000);
  const whole: Message = { id: 'msg', body: `${seconds}.${body}` };
  const signed = signedHeaders(whole, one.secret);
  const cut = { ...signed, 'webhook-id': `msg.${seconds}` };
  await assert.rejects(receive(one, { id: `msg.${seconds}`, body }, cut), unauthenticated);
});

test('a webhook is good for five minutes, before its time and after', async () => {
  const now = () => one.shop.clock.now();
  const sent = () => message('charge.updated', {});
  const at = (ms: number, news = sent()) =>
    receive(one, news, signedHeaders(news, one.secret, now() + ms));
  await assert.rejects(at(-5 * minute - 1_000), unauthenticated);
  await assert.rejects(at(5 * minute + 2_000), unauthenticated);
  await at(-5 * minute + 2_000);
  await at(5 * minute - 2_000);

  const news = sent();
  const headers = signedHeaders(news, one.secret, now());
  one.shop.clock.advance(6 * minute);
  await assert.rejects(receive(one, news, headers), unauthenticated);
  one.shop.clock.advance(-6 * minute);
});

test('one good signature of a list is enough, and any of the secrets while one is rotated', async () => {
  const [fresh, retired] = [newSecret(), newSecret()];
  const at = await openProviderShop({ PAYMENT_WEBHOOK_SECRET: `${fresh}, ${retired}` });
  for (const secret of [fresh, retired]) {
    const news = message('charge.updated', {});
    await receive(at, news, signedHeaders(news, secret));
  }
  const stranger = message('charge.updated', {});
  await assert.rejects(receive(at, stranger, signedHeaders(stranger, at.secret)), unauthenticated);

  const news = message('charge.updated', {});
  const right = signedHeaders(news, retired);
  const wrong = signedHeaders(news, newSecret())['webhook-signature'];
  const list = `v1a,abc ${wrong} ${right['webhook-signature']}`;
  await receive(at, news, { ...right, 'webhook-signature': list });
});

test('a signed body that is no webhook is malformed', async () => {
  const bodies = ['', 'hello', '[]', '{}', '{"type":7}', '{"type":"charge.succeeded"}', 'null'];
  const twice = '{"type":"charge.succeeded","type":"x","data":{"reference":"r"}}';
  for (const body of [...bodies, twice]) {
    const news = { id: `msg_${randomUUID()}`, body };
    await assert.rejects(tell(one, news), webhookMalformed.is, body);
  }
});

test('a refused webhook is forgotten: the same key is free for a good one', async () => {
  const news = message('charge.updated', {});
  const key = randomUUID();
  await assert.rejects(
    receive(one, news, signedHeaders(news, newSecret()), { key }),
    unauthenticated,
  );
  await receive(one, news, signedHeaders(news, one.secret), { key });
});

test('there is a place for webhooks of the provider that is configured, and for no other', async () => {
  const input = { provider: 'other', body: '{}' };
  await assert.rejects(one.shop.call(receiveWebhook, input), { code: 'route_not_found' });
});
