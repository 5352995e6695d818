import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';

import { orders } from '#contracts/orders';
import { users } from '#contracts/users';
import type { Actor } from '#kernel/ports/call-context';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { openShop } from '#test/shop';
import { until } from '#test/until';

import { usersModule } from '../../users/module.ts';
import { notifications } from '../contract.ts';
import { notificationsModule } from '../module.ts';
import { ordersStandIn } from './orders-stand-in.ts';

type Sent = { readonly to: string; readonly text: string; readonly reference: string };

/** A gateway of the test's own: what it took, by key, and what it answers. */
async function startGateway(answer: (sent: Sent, tries: number) => number | 'hang') {
  const taken = new Map<string, Sent>();
  const callers = new Set<string | undefined>();
  let tries = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const sent = (await json(request)) as Sent;
    tries += 1;
    callers.add(request.headers.authorization);
    const status = answer(sent, tries);
    if (status === 200 || status === 'hang')
      taken.set(`${request.headers['idempotency-key']}`, sent);
    if (status === 'hang') response.destroy();
    else response.writeHead(status).end();
  };
  const server = createServer((request, response) => void serve(request, response));
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  fileEnd.after(() => void server.close());
  return { url: `http://127.0.0.1:${port}/messages`, taken, callers, tries: () => tries };
}

async function openTelling(settings: Readonly<Record<string, string>> = {}) {
  const shop = await openShop({
    modules: [usersModule, ordersStandIn, notificationsModule],
    settings: { ADMIN_PASSWORD: 'correct admin battery', ...settings },
  });
  const { calls } = notifications;
  return {
    ...shop,
    async customer(chosen: { phone: string | null; orders: ('email' | 'sms')[] }) {
      const email = `${randomUUID()}@example.com`;
      const input = { email, password: 'correct horse', username: 'Ada' };
      const { id: userId } = await shop.call(users.calls.createUser, input);
      const as: Actor = { kind: 'user', id: userId, roles: ['customer'] };
      await shop.call(calls.setPreferences, { userId, ...chosen }, { as });
      return { userId, email, as };
    },
    completed: (as: Actor) =>
      shop.call(
        orders.calls.updateOrderStatus,
        { orderId: randomUUID(), status: 'completed' },
        { as },
      ),
    async told(to: string) {
      await shop.settled();
      return (await shop.call(calls.listMailbox, { to, limit: 100 })).items;
    },
    send: (to: string) => shop.call(calls.sendSms, { to, text: 'Hello.', reference: randomUUID() }),
  };
}

let next = 0;
const aNumber = () => `+4930${String(1_000_000 + next++)}`;

test('a customer is told of orders by the ways that they chose', async () => {
  const shop = await openTelling();
  const phone = aNumber();
  for (const chosen of [['sms'], ['email', 'sms'], ['email'], []] as ('email' | 'sms')[][]) {
    const number = aNumber();
    const { email, as } = await shop.customer({ phone: number, orders: chosen });
    await shop.completed(as);
    const texts = await shop.told(number);
    const mails = (await shop.told(email)).filter(({ template }) => template === 'order_completed');
    assert.deepEqual(
      [texts.length, mails.length],
      [Number(chosen.includes('sms')), Number(chosen.includes('email'))],
    );
    if (texts[0]) assert.match(texts[0].text, /^Your order .* is complete \(€12\.50\)\.$/);
  }
  const { userId, as } = await shop.customer({ phone, orders: ['email'] });
  const unset = { userId, phone: null, orders: ['sms' as const] };
  const { phoneMissing } = notifications.errors;
  await assert.rejects(
    shop.call(notifications.calls.setPreferences, unset, { as }),
    phoneMissing.is,
  );
});

test('a gateway that fails is asked again, and knows the message again', async () => {
  const gateway = await startGateway((_sent, tries) =>
    tries === 1 ? 503 : tries === 2 ? 'hang' : 200,
  );
  const shop = await openTelling({ SMS_GATEWAY_URL: gateway.url });
  const to = aNumber();
  await shop.send(to);
  await until(async () => (await shop.told(to))[0]?.status === 'delivered', { timeoutMs: 30_000 });
  assert.equal(gateway.taken.size, 1);
  assert.ok(gateway.tries() >= 3);
  const [{ text } = assert.fail()] = [...gateway.taken.values()];
  assert.equal(text, 'Hello.');
});

test('a gateway that wants to know who calls is told by what its address says', async () => {
  const gateway = await startGateway(() => 200);
  const url = gateway.url.replace('//', '//shop:p%40ss%20word@');
  const shop = await openTelling({ SMS_GATEWAY_URL: url });
  const to = aNumber();
  await shop.send(to);
  await until(async () => (await shop.told(to))[0]?.status === 'delivered');
  const basic = `Basic ${Buffer.from('shop:p@ss word').toString('base64')}`;
  assert.deepEqual([...gateway.callers], [basic]);
});

test('a number that the gateway refuses for good is not asked for again', async () => {
  const gateway = await startGateway(() => 422);
  const shop = await openTelling({ SMS_GATEWAY_URL: gateway.url });
  const to = aNumber();
  await shop.send(to);
  const [message] = await shop.told(to);
  assert.deepEqual([message?.status, message?.problem?.slice(0, 3)], ['refused', '422']);
  assert.equal(gateway.tries(), 1);
});

test('a telephone rings so often an hour, whoever has it rung; the rest comes by mail', async () => {
  const shop = await openTelling();
  const number = aNumber();
  const ann = await shop.customer({ phone: number, orders: ['sms'] });
  const eve = await shop.customer({ phone: number, orders: ['sms', 'email'] });
  const mailsTo = async (to: string) =>
    (await shop.told(to)).filter(({ template }) => template === 'order_completed').length;
  for (let count = 0; count < 19; count += 1) await shop.completed(ann.as);
  await shop.completed(eve.as);
  assert.deepEqual([(await shop.told(number)).length, await mailsTo(ann.email)], [20, 0]);
  await shop.completed(ann.as);
  await shop.completed(eve.as);
  assert.deepEqual([(await shop.told(number)).length, await mailsTo(ann.email)], [20, 1]);
  assert.equal(await mailsTo(eve.email), 2);

  const other = aNumber();
  await shop.call(
    notifications.calls.setPreferences,
    { userId: ann.userId, phone: other, orders: ['sms'] },
    { as: ann.as },
  );
  for (let count = 0; count < 2; count += 1) await shop.completed(ann.as);
  assert.deepEqual([(await shop.told(other)).length, await mailsTo(ann.email)], [1, 2]);
  shop.clock.advance(3_600_000);
  await shop.completed(ann.as);
  assert.equal((await shop.told(other)).length, 2);
});

test('a number is one number, and a text is short', async () => {
  const shop = await openTelling();
  const { calls } = notifications;
  for (const to of ['030123', '+0123456789', '+49 30 1', '+49301234567890123', '+4930;x']) {
    await assert.rejects(shop.call(calls.sendSms, { to, text: 'x', reference: 'r' }), to);
  }
  const long = { to: aNumber(), text: 'x'.repeat(460), reference: 'r' };
  await assert.rejects(shop.call(calls.sendSms, long));
});
