import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

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

const modules = [usersModule, ordersStandIn, notificationsModule];
const password = 'correct horse battery';

async function open(settings: Readonly<Record<string, string>> = {}) {
  const shop = await openShop({
    modules,
    settings: { ADMIN_PASSWORD: 'correct admin battery', ...settings },
  });
  return {
    ...shop,
    async signUp() {
      const email = `${randomUUID()}@example.com`;
      const { id } = await shop.call(users.calls.createUser, { email, password, username: 'Ada' });
      await shop.settled();
      const as: Actor = { kind: 'user', id, roles: ['customer'] };
      return { id, email, as };
    },
    async letters(to: string, template: string) {
      await shop.settled();
      const { items } = await shop.call(notifications.calls.listMailbox, { to, limit: 100 });
      return items.filter((one) => one.template === template);
    },
  };
}

/** The code of a letter: the paragraph that is nothing but a code. */
function codeIn(text = ''): string {
  return text.split('\n\n').find((line) => /^[A-Za-z0-9._-]{20,}$/.test(line)) ?? '';
}

const shop = await open();

test('who signs up verifies the address with the code that they get', async () => {
  const { id, email, as } = await shop.signUp();
  const [letter] = await shop.letters(email, 'email_verification');
  await shop.call(users.calls.verifyEmail, { code: codeIn(letter?.text) });
  const { emailVerified } = await shop.call(users.calls.getUser, { userId: id }, { as });
  assert.equal(emailVerified, true);
});

test('who forgot a password sets a new one with the code that they get, and is told of it', async () => {
  const { email } = await shop.signUp();
  await shop.call(users.calls.requestPasswordReset, { email });
  const [letter] = await shop.letters(email, 'password_reset');
  const fresh = 'another horse battery';
  await shop.call(users.calls.resetPassword, { code: codeIn(letter?.text), password: fresh });
  await shop.call(users.calls.authenticate, { email, password: fresh });
  const [told] = await shop.letters(email, 'account_changed');
  assert.match(told?.subject ?? '', /password has changed/);
});

test('a letter with a code is not shown to whoever is logged in', async () => {
  const { id: userId, email, as } = await shop.signUp();
  await shop.call(users.calls.requestPasswordReset, { email });
  assert.equal((await shop.letters(email, 'password_reset')).length, 1);
  const { items } = await shop.call(notifications.calls.listNotifications, { userId }, { as });
  assert.deepEqual(
    items.map(({ template }) => template),
    ['welcome'],
  );
});

test('an address that is about to change hears of it, without the code', async () => {
  const { id: userId, email, as } = await shop.signUp();
  const next = `${randomUUID()}@example.com`;
  await shop.call(
    users.calls.updateUser,
    { userId, email: next, currentPassword: password },
    { as },
  );
  const [letter] = await shop.letters(next, 'email_verification');
  const code = codeIn(letter?.text);
  const [notice] = await shop.letters(email, 'email_changing');
  assert.ok(code.length >= 20);
  assert.ok(notice?.text.includes(next));
  assert.equal(notice?.text.includes(code), false);
});

test('who signs up, again and again, with an address that is not theirs does not bury it', async (t) => {
  const server = await startMailServer(t);
  const mailing = await open({ SMTP_URL: server.url });
  const email = `${randomUUID()}@example.com`;
  const { createUser, changePassword, deleteAccount } = users.calls;
  for (let round = 0; round < 3; round += 1) {
    const { id: userId } = await mailing.call(createUser, { email, password, username: 'Eve' });
    await mailing.settled();
    const as: Actor = { kind: 'user', id: userId, roles: ['customer'] };
    for (let change = 0; change < 5; change += 1) {
      const changed = { userId, currentPassword: password, password };
      await mailing.call(changePassword, changed, { as });
      await mailing.settled();
    }
    await mailing.call(deleteAccount, { userId, password }, { as });
    await mailing.settled();
  }
  // Ten, and the three letters with a code.
  const subjects = server.arrived.map(({ headers }) => headers.get('subject') ?? '');
  assert.equal(subjects.length, 13);
  assert.equal(subjects.filter((subject) => subject.startsWith('Confirm')).length, 3);
});

test('a code that a mail server has taken is forgotten here', async (t) => {
  const server = await startMailServer(t);
  const mailing = await open({ SMTP_URL: server.url });
  const { email } = await mailing.signUp();
  const [letter] = await mailing.letters(email, 'email_verification');
  assert.deepEqual([letter?.status, letter?.text, letter?.html], ['delivered', '', '']);
  const sagas = await mailing.operator('notifications').sagas.list({ limit: 100 });
  assert.equal(JSON.stringify(sagas).includes('confirm that the address'), false);
  assert.ok(server.arrived.some(({ body }) => body.includes('confirm that the address')));
});

test('a letter that waits for the mail server goes with the account, and its address with it', async (t) => {
  const port = await freePort();
  const mailing = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` });
  const { sagas } = mailing.operator('notifications');
  const input = { email: `${randomUUID()}@example.com`, password, username: 'Ada' };
  const { id: userId } = await mailing.call(users.calls.createUser, input);
  const failing = async () => {
    const found = await sagas.list({ status: 'running', limit: 10 });
    return found.length === 2 && found.every(({ problem }) => problem) && found;
  };
  const deliveries = await until(failing, { what: 'two deliveries to have failed' });
  const as: Actor = { kind: 'user', id: userId, roles: ['customer'] };
  await mailing.call(users.calls.deleteAccount, { userId, password }, { as });
  const left = () => mailing.call(notifications.calls.listMailbox, { to: input.email });
  await until(async () => (await left()).items.length === 0, { what: 'the letters to be erased' });

  const server = await startMailServer(t, { port });
  for (const { id } of deliveries) await sagas.resume(id);
  await mailing.settled();
  assert.deepEqual(server.arrived, []);
  const ended = JSON.stringify(await sagas.list({ limit: 100 }));
  assert.equal(ended.includes(input.email), false);
});

test('an account that is deleted leaves no letter and no choice behind', async () => {
  const { id: userId, email, as } = await shop.signUp();
  const chosen = { userId, phone: '+4930123456', orders: ['sms' as const] };
  await shop.call(notifications.calls.setPreferences, chosen, { as });
  const exported = async () => {
    const kinds: string[] = [];
    const { exportAccount } = notifications.calls;
    for await (const { kind } of shop.stream(exportAccount, { userId }, { as })) kinds.push(kind);
    return kinds;
  };
  assert.deepEqual(await exported(), ['preferences', 'message']);
  await shop.call(users.calls.deleteAccount, { userId, password }, { as });
  await shop.settled();
  const { items } = await shop.call(notifications.calls.listMailbox, { to: email });
  assert.deepEqual(items, []);
  const phone = async () =>
    (await shop.call(notifications.calls.getPreferences, { userId }, { as })).phone;
  assert.equal(await phone(), null);

  // An access token outlives its account by minutes, and what it brings by no more.
  await shop.call(notifications.calls.setPreferences, chosen, { as });
  assert.equal(await phone(), chosen.phone);
  await shop.operator('notifications').sagas.resume(`forgetAgain:${userId}`);
  await until(async () => (await phone()) === null, { what: 'the number to be forgotten' });
});
