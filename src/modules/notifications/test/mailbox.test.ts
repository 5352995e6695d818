import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { orders } from '#contracts/orders';
import { users } from '#contracts/users';
import { forbidden, unauthenticated } from '#kernel/kernel-failures';
import type { Actor } from '#kernel/ports/call-context';
import { openShop } from '#test/shop';

import { usersModule } from '../../users/module.ts';
import { notifications } from '../contract.ts';
import { notificationsModule } from '../module.ts';
import { ordersStandIn } from './orders-stand-in.ts';

const { listMailbox, listNotifications, sendEmail } = notifications.calls;
const shop = await openShop({
  modules: [usersModule, ordersStandIn, notificationsModule],
  settings: { ADMIN_PASSWORD: 'correct admin battery' },
});
const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };

async function aUser(username = 'Ada') {
  const email = `${randomUUID()}@example.com`;
  const input = { email, password: 'correct horse', username };
  const { id } = await shop.call(users.calls.createUser, input);
  return { id, email, as: { kind: 'user', id, roles: ['customer'] } as Actor };
}

async function mailsTo(to: string) {
  await shop.settled();
  const { items } = await shop.call(listMailbox, { to, limit: 100 }, { as: admin });
  // The letter with a code, which every sign-up brings, has tests of its own.
  return items.filter(({ template }) => template !== 'email_verification');
}

test('who signs up is welcomed once, and finds it among their notifications', async () => {
  const { id: userId, email, as } = await aUser('Ada <b>Lovelace</b>');
  const [mail, ...others] = await mailsTo(email);
  assert.equal(others.length, 0);
  assert.equal(mail?.template, 'welcome');
  assert.equal(mail?.userId, userId);
  assert.equal(mail?.status, 'delivered');
  assert.equal(mail?.messageId, `<${mail?.id}@seamline.example>`);
  assert.ok(mail?.text.includes('Ada <b>Lovelace</b>'));
  assert.ok(mail?.html.includes('Ada &lt;b&gt;Lovelace&lt;/b&gt;'));

  const { items } = await shop.call(listNotifications, { userId }, { as });
  const { id, channel, template, subject, text, createdAt } = mail;
  assert.deepEqual(items, [{ id, channel, template, subject, text, createdAt }]);
});

test('a customer is told how an order ended, in one mail for each fact', async () => {
  const { email, as } = await aUser();
  const orderId = randomUUID();
  for (const status of ['pending', 'completed', 'rejected', 'cancelled', 'refunded'] as const) {
    await shop.call(orders.calls.updateOrderStatus, { orderId, status }, { as });
  }
  const mails = await mailsTo(email);
  assert.deepEqual(mails.map(({ template }) => template).sort(), [
    'order_cancelled',
    'order_completed',
    'order_refunded',
    'order_rejected',
    'welcome',
  ]);
  const said = (name: string) => mails.find(({ template }) => template === name)?.text ?? '';
  assert.ok(said('order_completed').includes('€12.50'));
  assert.ok(said('order_rejected').includes('sold out'));
  // Its units may have gone to somebody else while the charge was in doubt: then there was one.
  assert.ok(said('order_rejected').includes('whatever you have paid'));
  // Part of it may have gone back before, and was told then.
  assert.ok(said('order_refunded').includes('not got back before'));
  for (const mail of mails.filter(({ template }) => template !== 'welcome')) {
    assert.ok(mail.subject.includes(orderId.slice(-8)) && mail.text.includes(orderId));
  }
});

test('an address that nobody has confirmed gets ten mails an hour; the rest is kept, and not sent', async () => {
  const { id: userId, email, as } = await aUser();
  const order = () => ({ orderId: randomUUID(), status: 'completed' }) as const;
  const place = async (count: number) => {
    for (let nth = 0; nth < count; nth += 1) {
      await shop.call(orders.calls.updateOrderStatus, order(), { as });
    }
  };
  const statuses = async () => {
    const told = (await mailsTo(email)).filter(({ template }) => template === 'order_completed');
    return told.map(({ status, problem }) => (problem === null ? status : problem)).reverse();
  };
  // The welcome is the first.
  await place(9);
  assert.deepEqual(
    await statuses(),
    Array.from({ length: 9 }, () => 'delivered'),
  );
  await place(1);
  assert.match((await statuses()).at(-1) ?? '', /^Not sent: nobody has confirmed the address/);
  const { items } = await shop.call(listNotifications, { userId, limit: 1 }, { as });
  assert.equal(items[0]?.template, 'order_completed');

  shop.clock.advance(3_600_000);
  await place(11);
  const later = (await statuses()).slice(-11);
  assert.deepEqual(
    later.map((status) => status === 'delivered'),
    [...Array.from({ length: 10 }, () => true), false],
  );
});

test('a confirmed address gets every mail of its orders', async () => {
  const { id, email, as } = await aUser();
  await shop.settled();
  const [letter] = (await shop.call(listMailbox, { to: email }, { as: admin })).items.filter(
    ({ template }) => template === 'email_verification',
  );
  const code = /^[\w-]{20,}$/m.exec(letter?.text ?? '')?.[0] ?? '';
  await shop.call(users.calls.verifyEmail, { code });
  for (let nth = 0; nth < 12; nth += 1) {
    const told = { orderId: randomUUID(), status: 'completed' } as const;
    await shop.call(orders.calls.updateOrderStatus, told, { as });
  }
  const mails = await mailsTo(email);
  assert.equal(mails.filter(({ userId }) => userId === id).length, 13);
  assert.ok(mails.every(({ status }) => status === 'delivered'));
});

test('each mail refers to the event that caused it', async () => {
  const { id, email } = await aUser();
  const [mail] = await mailsTo(email);
  const [told] = (await shop.published(users)).filter(({ subject }) => subject === id);
  assert.equal(mail?.reference, told?.id);
});

test('what is told about somebody who is gone is told to nobody, and holds nothing up', async () => {
  const gone: Actor = { kind: 'user', id: randomUUID(), roles: ['customer'] };
  const told = { orderId: randomUUID(), status: 'completed' } as const;
  await shop.call(orders.calls.updateOrderStatus, told, { as: gone });
  const { email } = await aUser();
  assert.equal((await mailsTo(email)).length, 1);
  const { inbox } = await shop.operator('notifications').events.lag();
  assert.deepEqual({ rows: inbox.rows, parked: inbox.parked }, { rows: 0, parked: 0 });
});

test('one reference and recipient is one mail, under any key and however many ask at once', async () => {
  const to = `${randomUUID()}@example.com`;
  const input = { to, template: 'welcome', data: { username: 'Ada' }, reference: 'r1' } as const;
  const sent = await Promise.all(Array.from({ length: 10 }, () => shop.call(sendEmail, input)));
  assert.equal(new Set(sent.map(({ mailId }) => mailId)).size, 1);
  await shop.call(sendEmail, { ...input, reference: 'r2' });
  assert.equal((await mailsTo(to)).length, 2);
});

test('a mail that could reach others, or that lacks its words, is refused and not kept', async () => {
  const to = `${randomUUID()}@example.com`;
  const order = { to, template: 'order_completed', reference: 'r' } as const;
  const data = { username: 'Ada', orderId: '1', total: '€1' };
  const { unsafeAddress, unsafeHeader, missingData } = notifications.errors;
  const twice = { ...order, data, to: `${to}, eve@example.com` };
  await assert.rejects(shop.call(sendEmail, twice), unsafeAddress.is);
  const injected = { ...order, data: { ...data, orderId: '1\r\nBcc: eve@example.com' } };
  await assert.rejects(shop.call(sendEmail, injected), unsafeHeader.is);
  await assert.rejects(shop.call(sendEmail, { ...order, data: {} }), missingData.is);
  assert.deepEqual(await mailsTo(to), []);
});

test('a list goes on where its last page ended, newest first', async () => {
  const { id: userId, email, as } = await aUser();
  await mailsTo(email);
  for (const reference of ['a', 'b', 'c', 'd']) {
    const data = { username: reference };
    await shop.call(sendEmail, { to: email, userId, template: 'welcome', data, reference });
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const asked = { userId, limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await shop.call(listNotifications, asked, { as });
    assert.ok(items.length <= 2);
    seen.push(...items.map(({ text }) => text.slice(6, text.indexOf(','))));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(seen, ['d', 'c', 'b', 'a', 'Ada']);
});

test('nobody reads what was sent to somebody else; the mailbox is for administrators', async () => {
  const { id: userId } = await aUser();
  const { as: stranger } = await aUser();
  await assert.rejects(shop.call(listNotifications, { userId }, { as: stranger }), forbidden.is);
  await assert.rejects(shop.call(listMailbox, {}, { as: stranger }), forbidden.is);
  await assert.rejects(shop.call(listMailbox, {}, { as: { kind: 'anyone' } }), unauthenticated.is);
});
