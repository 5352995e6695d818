import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { orders } from '#contracts/orders';
import { users } from '#contracts/users';
import type { Actor } from '#kernel/ports/call-context';
import { freePort } from '#test/free-port';
import { openShop } from '#test/shop';
import { until } from '#test/until';

import { usersModule } from '../../users/module.ts';
import { notifications } from '../contract.ts';
import { notificationsModule } from '../module.ts';
import { startMailServer } from './mail-server.ts';
import { ordersStandIn } from './orders-stand-in.ts';

const { listMailbox, sendEmail } = notifications.calls;

const openShopWith = (SMTP_URL: string) =>
  openShop({
    modules: [usersModule, ordersStandIn, notificationsModule],
    settings: { SMTP_URL, MAIL_FROM: 'shop@example.com', ADMIN_PASSWORD: 'correct admin battery' },
  });

const aMail = (to = `${randomUUID()}@example.com`) =>
  ({ to, template: 'welcome', data: { username: 'Ada' }, reference: randomUUID() }) as const;

type OpenShop = Awaited<ReturnType<typeof openShopWith>>;

async function mailTo(shop: OpenShop, to: string) {
  const { items } = await shop.call(listMailbox, { to });
  // Who signs up gets a letter with a code too.
  const welcomes = items.filter(({ template }) => template === 'welcome');
  assert.equal(welcomes.length, 1);
  return welcomes[0];
}

const isDelivered = (shop: OpenShop, to: string) =>
  until(async () => (await mailTo(shop, to))?.status === 'delivered', {
    what: 'the mail to be delivered',
    timeoutMs: 30_000,
  });

test('a mail goes out once, as text and HTML, from the shop and with its own Message-ID', async (t) => {
  const server = await startMailServer(t);
  const shop = await openShopWith(server.url);
  const email = `${randomUUID()}@example.com`;
  const input = { email, password: 'correct horse', username: 'Ada & Co' };
  await shop.call(users.calls.createUser, input);
  await shop.settled();

  const kept = await mailTo(shop, email);
  assert.equal(kept?.status, 'delivered');
  const welcomes = server.arrived.filter((one) => one.headers.get('subject') === kept?.subject);
  assert.equal(welcomes.length, 1);
  const [{ to, headers, body } = assert.fail()] = welcomes;
  assert.deepEqual(to, [email]);
  assert.equal(headers.get('from'), 'shop@example.com');
  assert.equal(headers.get('to'), email);
  assert.equal(headers.get('subject'), kept?.subject);
  assert.equal(headers.get('message-id'), kept?.messageId);
  assert.match(kept?.messageId ?? '', /^<[0-9a-f-]{36}@example\.com>$/);
  assert.ok(body.includes('Hello Ada & Co,'));
  assert.ok(body.includes('<p>Hello Ada &amp; Co,</p>'));
});

test('while the mail server is dead nothing is lost or refused; when it lives, it gets each mail once', async (t) => {
  const port = await freePort();
  const shop = await openShopWith(`smtp://127.0.0.1:${port}`);
  const mails = [aMail(), aMail(), aMail()];
  for (const mail of mails) await shop.call(sendEmail, mail);

  const { sagas } = shop.operator('notifications');
  const failing = await until(
    async () => {
      const running = await sagas.list({ status: 'running', limit: 10 });
      return running.length === 3 && running.every(({ problem }) => problem) && running;
    },
    { what: 'three deliveries to have failed, visibly' },
  );
  assert.deepEqual(new Set(failing.map(({ name }) => name)), new Set(['deliverEmail']));
  for (const { to } of mails) assert.equal((await mailTo(shop, to))?.status, 'waiting');

  const server = await startMailServer(t, { port });
  for (const { to } of mails) await isDelivered(shop, to);
  assert.deepEqual(server.arrived.flatMap(({ to }) => to).sort(), mails.map(({ to }) => to).sort());
});

test('an address that nobody has confirmed gets ten mails an hour, whatever is ordered in its name', async (t) => {
  const server = await startMailServer(t);
  const shop = await openShopWith(server.url);
  const email = `${randomUUID()}@example.com`;
  const input = { email, password: 'correct horse', username: 'Ada' };
  const { id } = await shop.call(users.calls.createUser, input);
  await shop.settled();
  const as: Actor = { kind: 'user', id, roles: ['customer'] };
  for (let nth = 0; nth < 25; nth += 1) {
    const told = { orderId: randomUUID(), status: 'completed' } as const;
    await shop.call(orders.calls.updateOrderStatus, told, { as });
    await shop.settled();
  }
  await shop.call(users.calls.requestPasswordReset, { email });
  await shop.settled();
  const { items } = await shop.call(listMailbox, { to: email, limit: 100 });
  // Beside the ten, the two letters with a code: whose address it is must be able to step in.
  const { delivered = [], refused = [] } = Object.groupBy(items, ({ status }) => status);
  assert.deepEqual([delivered.length, refused.length], [12, 16]);
  const arrived = server.arrived.filter(({ to }) => to.includes(email));
  const sent = arrived.map(({ headers }) => headers.get('message-id'));
  assert.deepEqual(sent.sort(), delivered.map(({ messageId }) => messageId).sort());
});

test('a server that takes a mail and dies before saying so gets it again, with the same Message-ID', async (t) => {
  let broken = 0;
  const server = await startMailServer(t, {
    afterTaking() {
      broken += 1;
      if (broken < 3) throw new Error('the line is dead');
    },
  });
  const shop = await openShopWith(server.url);
  const mail = aMail();
  await shop.call(sendEmail, mail);
  await isDelivered(shop, mail.to);

  assert.ok(server.arrived.length >= 3, `${server.arrived.length} arrived`);
  const messageIds = new Set(server.arrived.map(({ headers }) => headers.get('message-id')));
  assert.deepEqual([...messageIds], [(await mailTo(shop, mail.to))?.messageId]);
});

test('a recipient who is refused for good is noted with what the server said, and not tried again', async (t) => {
  const server = await startMailServer(t, { refuse: () => 550 });
  const shop = await openShopWith(server.url);
  const mail = aMail();
  await shop.call(sendEmail, mail);
  await shop.settled();
  const kept = await mailTo(shop, mail.to);
  assert.equal(kept?.status, 'refused');
  assert.match(kept?.problem ?? '', /no such mailbox here/);
  assert.equal(server.arrived.length, 0);
});

test('a server that will not relay, or blocks us, has said nothing of the recipient', async (t) => {
  let refusals = 0;
  const refuse = () => {
    refusals += 1;
    return refusals < 3 ? 554 : undefined;
  };
  const saying = '5.7.1 Relay access denied';
  const server = await startMailServer(t, { refuse, saying });
  const shop = await openShopWith(server.url);
  const mail = aMail();
  await shop.call(sendEmail, mail);
  await isDelivered(shop, mail.to);
  assert.deepEqual([refusals, server.arrived.length], [3, 1]);
});

test('a recipient who is refused for now is tried again', async (t) => {
  let refusals = 0;
  const server = await startMailServer(t, {
    refuse() {
      refusals += 1;
      return refusals < 3 ? 451 : undefined;
    },
  });
  const shop = await openShopWith(server.url);
  const mail = aMail();
  await shop.call(sendEmail, mail);
  await isDelivered(shop, mail.to);
  assert.equal(server.arrived.length, 1);
  assert.equal(refusals, 3);
});

test('a shop that stops with a mail on its way delivers it when it starts again', async (t) => {
  const port = await freePort();
  const before = await openShopWith(`smtp://127.0.0.1:${port}`);
  const mail = aMail();
  await before.call(sendEmail, mail);
  await before.stop();

  const server = await startMailServer(t, { port });
  const after = await openShop({
    modules: [usersModule, ordersStandIn, notificationsModule],
    settings: { SMTP_URL: server.url, ADMIN_PASSWORD: 'correct admin battery' },
    place: before.place,
  });
  await isDelivered(after, mail.to);
  assert.equal(server.arrived.length, 1);
});

test('the mail server’s password is never shown, and a line break in the sender is refused', async () => {
  const settings = { SMTP_URL: 'http://user:secret@host', MAIL_FROM: 'a@b.c\r\nBcc: d@e.f' };
  await assert.rejects(openShop({ modules: [notificationsModule], settings }), (error: Error) => {
    assert.match(error.message, /SMTP_URL=\(hidden\) must be a URL/);
    assert.match(error.message, /MAIL_FROM=.* must be an e-mail address/);
    assert.ok(!error.message.includes('secret'));
    return true;
  });
});
