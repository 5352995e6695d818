import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';

import { openShop } from '#test/shop';

import { accessTokens, users } from '../contract.ts';
import { usersModule } from '../module.ts';

const { createUser, authenticate, refreshTokens, logout, changePassword, getSigningKeys } =
  users.calls;
const settings = { ADMIN_PASSWORD: 'correct admin battery' };
const shop = await openShop({ modules: [usersModule], settings });
const password = 'correct horse';

async function aUser() {
  const email = `${randomUUID()}@example.com`;
  const user = await shop.call(createUser, { email, password, username: 'Ada' });
  return { ...user, as: { kind: 'user', id: user.id, roles: ['customer'] } as const };
}

const logIn = (email: string) => shop.call(authenticate, { email, password });
const { invalidRefreshToken, invalidCredentials } = users.errors;

test('an access token verifies with the published keys, and says whose it is for ten minutes', async () => {
  const user = await aUser();
  const { accessToken, tokenType, expiresIn } = await logIn(user.email);
  assert.equal(tokenType, 'Bearer');
  assert.equal(expiresIn, 600);

  const keys = await shop.call(getSigningKeys, {}, { as: { kind: 'anyone' } });
  const { payload, protectedHeader } = await jwtVerify(
    accessToken,
    createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0]),
    { algorithms: ['EdDSA'], typ: 'at+jwt', issuer: 'seamline', audience: 'seamline' },
  );
  assert.equal(payload.sub, user.id);
  assert.deepEqual(payload.roles, ['customer']);
  assert.equal(Number(payload.exp) - Number(payload.iat), accessTokens.lifetimeSeconds);
  assert.equal(protectedHeader.kid, keys.keys[0]?.kid);
});

test('published keys hold nothing private', async () => {
  const { keys } = await shop.call(getSigningKeys, {});
  assert.deepEqual(
    keys.map((key) => Object.keys(key).sort()),
    [['alg', 'crv', 'kid', 'kty', 'use', 'x']],
  );
});

test('two logins are two sessions, and ending one leaves the other', async () => {
  const { email } = await aUser();
  const [first, second] = await Promise.all([logIn(email), logIn(email)]);
  await shop.call(logout, { refreshToken: first.refreshToken });
  await assert.rejects(
    shop.call(refreshTokens, { refreshToken: first.refreshToken }),
    invalidRefreshToken.is,
  );
  await shop.call(refreshTokens, { refreshToken: second.refreshToken });
});

test('logging out twice, or with a token that never was, changes nothing', async () => {
  const { email } = await aUser();
  const { refreshToken } = await logIn(email);
  assert.deepEqual(await shop.call(logout, { refreshToken }), {});
  assert.deepEqual(await shop.call(logout, { refreshToken }), {});
  assert.deepEqual(await shop.call(logout, { refreshToken: 'never-was' }), {});
});

test('a refresh token is changed once; the one that follows goes on', async () => {
  const { email } = await aUser();
  const first = await logIn(email);
  const second = await shop.call(refreshTokens, { refreshToken: first.refreshToken });
  assert.notEqual(second.refreshToken, first.refreshToken);
  await shop.call(refreshTokens, { refreshToken: second.refreshToken });
});

test('a refresh token that comes again ends the session for the thief and for the owner', async () => {
  const { email } = await aUser();
  const stolen = await logIn(email);
  const owners = await shop.call(refreshTokens, { refreshToken: stolen.refreshToken });
  await assert.rejects(
    shop.call(refreshTokens, { refreshToken: stolen.refreshToken }),
    invalidRefreshToken.is,
  );
  await assert.rejects(
    shop.call(refreshTokens, { refreshToken: owners.refreshToken }),
    invalidRefreshToken.is,
  );
});

test('of ten who bring one refresh token at once, one gets tokens, and they end with the session', async () => {
  const { email } = await aUser();
  const { refreshToken } = await logIn(email);
  const tries = await Promise.allSettled(
    Array.from({ length: 10 }, () => shop.call(refreshTokens, { refreshToken })),
  );
  const won = tries.filter((one) => one.status === 'fulfilled');
  assert.equal(won.length, 1);
  for (const one of tries) {
    if (one.status === 'rejected')
      assert.ok(invalidRefreshToken.is(one.reason), String(one.reason));
  }
  await assert.rejects(
    shop.call(refreshTokens, { refreshToken: won[0]?.value.refreshToken as string }),
    invalidRefreshToken.is,
  );
});

test('a refresh that is repeated with its key, because the answer was lost, is no theft', async () => {
  const { email } = await aUser();
  const { refreshToken } = await logIn(email);
  const key = randomUUID();
  const [first, again] = await Promise.all([
    shop.call(refreshTokens, { refreshToken }, { key }),
    shop.call(refreshTokens, { refreshToken }, { key }),
  ]);
  assert.deepEqual(again, first);
  await shop.call(refreshTokens, { refreshToken: first.refreshToken });
});

test('a login that is repeated with its key opens no second session', async () => {
  const { email } = await aUser();
  const key = randomUUID();
  const first = await shop.call(authenticate, { email, password }, { key });
  assert.deepEqual(await shop.call(authenticate, { email, password }, { key }), first);
});

test('a new password ends every session, and whoever set it goes on in a new one', async () => {
  const { id: userId, email, as } = await aUser();
  const [first, second] = [await logIn(email), await logIn(email)];
  const change = { userId, password: 'a better horse', currentPassword: password };
  const own = await shop.call(changePassword, change, { as });
  await shop.call(refreshTokens, { refreshToken: own.refreshToken });
  for (const { refreshToken } of [first, second]) {
    await assert.rejects(shop.call(refreshTokens, { refreshToken }), invalidRefreshToken.is);
  }
  await assert.rejects(logIn(email), invalidCredentials.is);
  await shop.call(authenticate, { email, password: 'a better horse' });
});
