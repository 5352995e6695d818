import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { users } from '../contract.ts';
import { codeLifeMs, letterWindowMs, mostLetters } from '../domain/letter.ts';
import { openUsers, password } from './letter-reader.ts';

const { authenticate, getUser, resendEmailVerification, updateUser, verifyEmail } = users.calls;
const { emailTaken, invalidCode, invalidCredentials, letterGone } = users.errors;
const { nothingToVerify, tooManyLetters, userNotFound } = users.errors;
const shop = await openUsers();
const anEmail = () => `${randomUUID()}@example.com`;

type Someone = Awaited<ReturnType<typeof shop.signUp>>;

const changeTo = ({ id, as }: Someone, email: string) =>
  shop.call(updateUser, { userId: id, email, currentPassword: password }, { as });
const current = ({ id, as }: Someone) => shop.call(getUser, { userId: id }, { as });
const verify = (code: string) => shop.call(verifyEmail, { code });
const codeFor = async ({ id }: Someone) => (await shop.letter(id, 'email_verification')).code;

test('an address is verified by the code that was mailed to it, once', async () => {
  const ada = await shop.signUp();
  assert.equal(ada.emailVerified, false);
  const { to, code, kind, replaces } = await shop.letter(ada.id, 'email_verification');
  assert.deepEqual([to, kind, replaces], [ada.email, 'email_verification', null]);
  await verify(code);
  assert.equal((await current(ada)).emailVerified, true);
  await assert.rejects(verify(code), invalidCode.is);
});

test('two who bring one code at once use it once', async () => {
  const code = await codeFor(await shop.signUp());
  const tries = await Promise.allSettled([verify(code), verify(code)]);
  assert.deepEqual(tries.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a new address takes over when its own code comes back, and the old one works until then', async () => {
  const [ada, email] = [await shop.signUp(), anEmail()];
  await changeTo(ada, email);
  await shop.call(authenticate, { email: ada.email, password });
  await assert.rejects(shop.call(authenticate, { email, password }), invalidCredentials.is);

  const { to, replaces, code } = await shop.letter(ada.id, 'email_verification');
  assert.deepEqual([to, replaces], [email, ada.email]);
  await verify(code);
  const moved = await current(ada);
  assert.deepEqual([moved.email, moved.pendingEmail, moved.emailVerified], [email, null, true]);
  await shop.call(authenticate, { email, password });
  const told = (await shop.published(users)).filter(({ subject }) => subject === ada.id);
  assert.deepEqual(told.at(-1)?.data, { userId: ada.id, changed: ['email'] });
});

test('the code of the first address is void once another one is wanted', async () => {
  const ada = await shop.signUp();
  const first = await codeFor(ada);
  await changeTo(ada, anEmail());
  await assert.rejects(verify(first), invalidCode.is);
});

test('naming the present address again drops a pending one, and its code', async () => {
  const ada = await shop.signUp();
  await changeTo(ada, anEmail());
  const code = await codeFor(ada);
  assert.equal((await changeTo(ada, ada.email)).pendingEmail, null);
  await assert.rejects(verify(code), invalidCode.is);
});

test('an address that somebody else has is refused, and of two who want one the first to verify gets it', async () => {
  const [ada, bob, eve] = [await shop.signUp(), await shop.signUp(), await shop.signUp()];
  await assert.rejects(changeTo(ada, eve.email), emailTaken.is);

  const wanted = anEmail();
  await changeTo(ada, wanted);
  await changeTo(bob, wanted);
  const codes = [await codeFor(ada), await codeFor(bob)];
  const tries = await Promise.allSettled(codes.map(verify));
  assert.deepEqual(tries.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  for (const one of tries) {
    if (one.status === 'rejected') assert.ok(emailTaken.is(one.reason), String(one.reason));
  }
});

test('a code is good for a day, and nobody writes a letter with a void one', async () => {
  const ada = await shop.signUp();
  const [requestId = ''] = await shop.ordered(ada.id, 'email_verification');
  const { code } = await shop.read(requestId);
  shop.clock.advance(codeLifeMs.email_verification);
  await assert.rejects(verify(code), invalidCode.is);
  await assert.rejects(shop.read(requestId), letterGone.is);
});

test('whoever lost the letter gets another, whose code voids the one before; five an hour', async () => {
  const ada = await shop.signUp();
  const first = await codeFor(ada);
  const again = () =>
    shop.call(resendEmailVerification, { userId: ada.id }, { as: ada.as, key: randomUUID() });
  for (let letters = 1; letters < mostLetters; letters += 1) await again();
  await assert.rejects(again(), tooManyLetters.is);
  await assert.rejects(verify(first), invalidCode.is);
  shop.clock.advance(letterWindowMs);
  await again();
  await verify(await codeFor(ada));
  await assert.rejects(again(), nothingToVerify.is);
});

test('a letter is for its user to order, and for one module to read', async () => {
  const [ada, eve] = [await shop.signUp(), await shop.signUp()];
  const order = shop.call(resendEmailVerification, { userId: ada.id }, { as: eve.as });
  await assert.rejects(order, userNotFound.is);
  const [requestId = ''] = await shop.ordered(ada.id, 'email_verification');
  await assert.rejects(
    shop.call(users.calls.getAccountLetter, { requestId }),
    (error: Error & { code?: string }) => error.code === 'forbidden',
  );
});
