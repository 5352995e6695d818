import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { users } from '../contract.ts';
import { codeLifeMs, letterWindowMs, mostLetters } from '../domain/letter.ts';
import { mostFailures } from '../domain/login-attempts.ts';
import { openUsers, password } from './letter-reader.ts';

const { authenticate, changePassword, getUser, refreshTokens } = users.calls;
const { requestPasswordReset, resetPassword, updateUser, verifyEmail } = users.calls;
const { invalidCode, invalidCredentials, invalidRefreshToken, wrongPassword } = users.errors;
const shop = await openUsers();
const better = 'a better horse';

const ask = (email: string) => shop.call(requestPasswordReset, { email });
const reset = (code: string, to = better) => shop.call(resetPassword, { code, password: to });
const logIn = (email: string, typed: string) => shop.call(authenticate, { email, password: typed });

async function codeFor({ id, email }: { id: string; email: string }) {
  await ask(email);
  return (await shop.letter(id, 'password_reset')).code;
}

test('who forgot a password sets another by a mailed code, which ends every session', async () => {
  const ada = await shop.signUp();
  const { refreshToken } = await logIn(ada.email, password);
  await reset(await codeFor(ada));
  await logIn(ada.email, better);
  await assert.rejects(logIn(ada.email, password), invalidCredentials.is);
  await assert.rejects(shop.call(refreshTokens, { refreshToken }), invalidRefreshToken.is);
  const { emailVerified } = await shop.call(getUser, { userId: ada.id }, { as: ada.as });
  assert.equal(emailVerified, true, 'who brings the code reads what is sent to the address');
});

test('a code is good once, whoever comes first', async () => {
  const code = await codeFor(await shop.signUp());
  const tries = await Promise.allSettled([reset(code), reset(code, 'another horse')]);
  assert.deepEqual(tries.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await assert.rejects(reset(code), invalidCode.is);
});

test('a code is good for half an hour, and not after another letter was asked for', async () => {
  const ada = await shop.signUp();
  const first = await codeFor(ada);
  const second = await codeFor(ada);
  await assert.rejects(reset(first), invalidCode.is);
  shop.clock.advance(codeLifeMs.password_reset);
  await assert.rejects(reset(second), invalidCode.is);
});

test('asking says nothing of whether there is such an account, and orders nothing for nobody', async () => {
  const before = (await shop.published(users)).length;
  const typed = [`${randomUUID()}@example.com`, 'no address at all'];
  for (const email of typed) assert.deepEqual(await ask(email), {});
  await shop.settled();
  assert.equal((await shop.published(users)).length, before);
});

test('an address is found however it is typed, and its mailbox gets five letters an hour', async () => {
  const ada = await shop.signUp();
  for (let tries = 0; tries < mostLetters + 2; tries += 1) await ask(ada.email.toUpperCase());
  assert.equal((await shop.ordered(ada.id, 'password_reset')).length, mostLetters);
  await reset((await shop.letter(ada.id, 'password_reset')).code);
  shop.clock.advance(letterWindowMs);
  await ask(ada.email);
  assert.equal((await shop.ordered(ada.id, 'password_reset')).length, mostLetters + 1);
});

test('the code that verifies an address sets no password, and the other way round', async () => {
  const ada = await shop.signUp();
  const verification = await shop.letter(ada.id, 'email_verification');
  await assert.rejects(reset(verification.code), invalidCode.is);
  const code = await codeFor(ada);
  await assert.rejects(shop.call(verifyEmail, { code }), invalidCode.is);
});

test('guesses that locked an account do not lock out who sets a new password', async () => {
  const ada = await shop.signUp();
  const guesses = Array.from({ length: mostFailures }, () => logIn(ada.email, 'a guess'));
  await Promise.allSettled(guesses);
  await reset(await codeFor(ada));
  await logIn(ada.email, better);
});

test('a new password drops a pending address and the codes that were mailed', async () => {
  const ada = await shop.signUp();
  const { id: userId, as } = ada;
  const change = { userId, email: `${randomUUID()}@example.com`, currentPassword: password };
  await shop.call(updateUser, change, { as });
  const verification = await shop.letter(userId, 'email_verification');
  const code = await codeFor(ada);
  await shop.call(changePassword, { userId, currentPassword: password, password: better }, { as });
  await assert.rejects(reset(code), invalidCode.is);
  await assert.rejects(shop.call(verifyEmail, { code: verification.code }), invalidCode.is);
  const { pendingEmail } = await shop.call(getUser, { userId }, { as });
  assert.equal(pendingEmail, null);
});

test('a code that lies in the mailbox of the old address opens nothing after a change', async () => {
  const ada = await shop.signUp();
  const code = await codeFor(ada);
  const change = { userId: ada.id, email: `${randomUUID()}@example.com` };
  await shop.call(updateUser, { ...change, currentPassword: password }, { as: ada.as });
  const verification = await shop.letter(ada.id, 'email_verification');
  await shop.call(verifyEmail, { code: verification.code });
  await assert.rejects(reset(code), invalidCode.is);
});

test('a password changes for who knows the present one, and for nobody else', async () => {
  const [ada, eve] = [await shop.signUp(), await shop.signUp()];
  const change = { userId: ada.id, currentPassword: 'a guess', password: better };
  await assert.rejects(shop.call(changePassword, change, { as: ada.as }), wrongPassword.is);
  const right = { ...change, currentPassword: password };
  await assert.rejects(
    shop.call(changePassword, right, { as: eve.as }),
    users.errors.userNotFound.is,
  );
});
