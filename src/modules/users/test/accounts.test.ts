import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import type { Actor } from '#kernel/ports/call-context';
import { openShop } from '#test/shop';

import { users } from '../contract.ts';
import { usersModule } from '../module.ts';

const { createUser, authenticate, getUser, getUserProfile, updateUser } = users.calls;
const settings = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'correct admin battery' };
const shop = await openShop({ modules: [usersModule], settings });
const password = 'correct horse';

const asUser = (id: string): Actor => ({ kind: 'user', id, roles: ['customer'] });
const anEmail = () => `${randomUUID()}@example.com`;
const aUser = () => shop.call(createUser, { email: anEmail(), password, username: 'Ada' });
const { emailTaken, userNotFound, wrongPassword } = users.errors;

async function toldOf(userId: string) {
  await shop.settled();
  return (await shop.published(users)).filter(({ subject }) => subject === userId);
}

test('who signs up is a customer, told once, and nothing but ids goes out', async () => {
  const user = await aUser();
  assert.deepEqual(user.roles, ['customer']);
  assert.ok(!JSON.stringify(user).includes('argon2'));
  const told = await toldOf(user.id);
  const [, { data: requested } = { data: {} }] = told;
  assert.deepEqual(
    told.map(({ type, data }) => [type, data]),
    [
      ['users.userRegistered', { userId: user.id }],
      [
        'users.emailVerificationRequested',
        { userId: user.id, requestId: (requested as { requestId?: string }).requestId },
      ],
    ],
  );
});

test('one address has one account, however it is typed, and however many try at once', async () => {
  const name = randomUUID();
  const spellings = [
    `${name}@example.com`,
    `${name.toUpperCase()}@Example.com`,
    `${name}@EXAMPLE.COM`,
  ];
  const tries = await Promise.allSettled(
    spellings.map((email) => shop.call(createUser, { email, password, username: 'Ada' })),
  );
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const one of tries) {
    if (one.status === 'rejected') assert.ok(emailTaken.is(one.reason), String(one.reason));
  }
});

test('signing up again with the same key answers the same user', async () => {
  const input = { email: anEmail(), password, username: 'Ada' };
  const first = await shop.call(createUser, input, { key: input.email });
  assert.deepEqual(await shop.call(createUser, input, { key: input.email }), first);
});

test('a user sees themselves, an administrator everyone, a stranger nobody', async () => {
  const user = await aUser();
  const userId = user.id;
  assert.deepEqual(await shop.call(getUser, { userId }, { as: asUser(userId) }), user);
  const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };
  assert.deepEqual(await shop.call(getUser, { userId }, { as: admin }), user);

  const strangers: Actor[] = [asUser(randomUUID()), { kind: 'anyone' }];
  for (const as of strangers) {
    await assert.rejects(shop.call(getUser, { userId }, { as }), userNotFound.is);
    await assert.rejects(shop.call(getUser, { userId: randomUUID() }, { as }), userNotFound.is);
  }
});

test('other modules get a name, an address and whether it is confirmed, and no more', async () => {
  const { id, email, username } = await aUser();
  const profile = { id, email, username, emailVerified: false };
  assert.deepEqual(await shop.call(getUserProfile, { userId: id }), profile);
  await assert.rejects(shop.call(getUserProfile, { userId: randomUUID() }), userNotFound.is);
});

test('a name changes by itself; an address wants the current password', async () => {
  const { id: userId } = await aUser();
  const as = asUser(userId);
  const renamed = await shop.call(updateUser, { userId, username: 'Grace' }, { as });
  assert.equal(renamed.username, 'Grace');

  const email = anEmail();
  for (const currentPassword of [undefined, 'wrong horse']) {
    const given = currentPassword === undefined ? {} : { currentPassword };
    await assert.rejects(
      shop.call(updateUser, { userId, email, ...given }, { as }),
      wrongPassword.is,
    );
  }
  const asked = await shop.call(updateUser, { userId, email, currentPassword: password }, { as });
  assert.deepEqual([asked.email, asked.pendingEmail], [renamed.email, email]);
  const told = (await toldOf(userId)).filter(({ type }) => type === 'users.userUpdated');
  assert.deepEqual(
    told.map(({ data }) => data),
    [{ userId, changed: ['username'] }],
  );
});

test('a change that changes nothing is told to nobody', async () => {
  const user = await aUser();
  const as = asUser(user.id);
  const same = await shop.call(updateUser, { userId: user.id, username: 'Ada' }, { as });
  assert.deepEqual(same, user);
  const told = await toldOf(user.id);
  assert.ok(!told.some(({ type }) => type === 'users.userUpdated'));
});

test('nobody changes somebody else', async () => {
  const { id: userId } = await aUser();
  const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };
  for (const as of [asUser(randomUUID()), admin]) {
    await assert.rejects(
      shop.call(updateUser, { userId, username: 'Eve' }, { as }),
      userNotFound.is,
    );
  }
});

test('the first administrator can log in with the password that was set', async () => {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD } = settings;
  const { accessToken } = await shop.call(authenticate, { email, password: ADMIN_PASSWORD });
  const [, claims = ''] = accessToken.split('.');
  assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64url').toString()).roles, ['admin']);
});
