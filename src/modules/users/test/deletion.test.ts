import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Actor } from '#kernel/ports/call-context';

import { users } from '../contract.ts';
import { openUsers, password } from './letter-reader.ts';

const { authenticate, deleteAccount, deleteUser, exportAccount, getUser } = users.calls;
const { getUserProfile, refreshTokens, requestPasswordReset, resetPassword } = users.calls;
const { invalidCode, lastAdministrator, userNotFound, wrongPassword } = users.errors;
const adminPassword = 'correct admin battery';
const shop = await openUsers({ ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: adminPassword });
const admin: Actor = { kind: 'user', id: crypto.randomUUID(), roles: ['admin'] };

async function exported(userId: string, as: Actor) {
  const rows: unknown[] = [];
  for await (const row of shop.stream(exportAccount, { userId }, { as })) rows.push(row);
  return rows as { kind: string }[];
}

test('who deletes their account leaves nothing here, and every module hears of it', async () => {
  const { id: userId, email, as } = await shop.signUp();
  const { refreshToken } = await shop.call(authenticate, { email, password });
  await shop.call(requestPasswordReset, { email });
  const { code } = await shop.letter(userId, 'password_reset');

  await shop.call(deleteAccount, { userId, password }, { as });
  await assert.rejects(
    shop.call(authenticate, { email, password }),
    users.errors.invalidCredentials.is,
  );
  await assert.rejects(
    shop.call(refreshTokens, { refreshToken }),
    users.errors.invalidRefreshToken.is,
  );
  await assert.rejects(shop.call(resetPassword, { code, password }), invalidCode.is);
  await assert.rejects(shop.call(getUserProfile, { userId }), userNotFound.is);
  const told = (await shop.published(users)).filter(({ subject }) => subject === userId);
  assert.deepEqual(told.at(-1)?.type, 'users.userDeleted');
  assert.ok(!JSON.stringify(told).includes(email));
});

test('an address that is free again signs up as somebody else', async () => {
  const first = await shop.signUp();
  await shop.call(deleteAccount, { userId: first.id, password }, { as: first.as });
  const second = await shop.signUp({ email: first.email });
  assert.notEqual(second.id, first.id);
  await shop.call(authenticate, { email: first.email, password });
});

test('a deletion wants the password, and nobody deletes somebody else', async () => {
  const [ada, eve] = [await shop.signUp(), await shop.signUp()];
  const guess = shop.call(deleteAccount, { userId: ada.id, password: 'a guess' }, { as: ada.as });
  await assert.rejects(guess, wrongPassword.is);
  const other = shop.call(deleteAccount, { userId: ada.id, password }, { as: eve.as });
  await assert.rejects(other, userNotFound.is);
  await assert.rejects(shop.call(deleteUser, { userId: ada.id }, { as: eve.as }), userNotFound.is);
  await shop.call(getUser, { userId: ada.id }, { as: ada.as });
});

test('an administrator deletes a user, and doing it again changes nothing', async () => {
  const { id: userId } = await shop.signUp();
  await shop.call(deleteUser, { userId }, { as: admin });
  await shop.call(deleteUser, { userId }, { as: admin });
  const told = (await shop.published(users)).filter(({ subject }) => subject === userId);
  assert.equal(told.filter(({ type }) => type === 'users.userDeleted').length, 1);
  const unknown = { userId: crypto.randomUUID() };
  await assert.rejects(shop.call(deleteUser, unknown, { as: admin }), userNotFound.is);
});

test('the last administrator stays', async () => {
  const { accessToken } = await shop.call(authenticate, {
    email: 'root@example.com',
    password: adminPassword,
  });
  const claims = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString();
  const { sub: userId } = JSON.parse(claims) as { sub: string };
  await assert.rejects(shop.call(deleteUser, { userId }, { as: admin }), lastAdministrator.is);
  const as: Actor = { kind: 'user', id: userId, roles: ['admin'] };
  const own = shop.call(deleteAccount, { userId, password: adminPassword }, { as });
  await assert.rejects(own, lastAdministrator.is);
});

test('an export holds everything that is kept of a user, and nothing that opens the account', async () => {
  const { id, email, as } = await shop.signUp();
  const { refreshToken } = await shop.call(authenticate, { email, password });
  const { code } = await shop.letter(id, 'email_verification');
  const rows = await exported(id, as);
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['account', 'session', 'letter'],
  );
  assert.deepEqual(await exported(id, admin), rows);
  const text = JSON.stringify(rows);
  assert.ok(text.includes(email));
  for (const secret of [code, refreshToken, 'argon2']) assert.ok(!text.includes(secret));
  assert.deepEqual(await exported(id, (await shop.signUp()).as), []);
});
