import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProtectedHeader } from 'jose';

import { often } from '#test/often';
import { openShop } from '#test/shop';
import { storeUnderTest } from '#test/stores';
import { until } from '#test/until';

import { users } from '../contract.ts';
import { refreshTokenMs } from '../domain/session.ts';
import { usersModule } from '../module.ts';
import { usersUnderTest } from './users-under-test.ts';

const { createUser, authenticate, getSigningKeys } = users.calls;
const settings = { ADMIN_PASSWORD: 'correct admin battery' };
const ada = { email: 'ada@example.com', password: 'correct horse' };
const [hourMs, dayMs] = [3_600_000, 24 * 3_600_000];

test('a month brings a new key; it signs after an hour, and the old one leaves when its tokens have', async () => {
  const shop = await openShop({ modules: [often(usersModule)], settings });
  await shop.call(createUser, { ...ada, username: 'Ada' });
  const published = async () => {
    const { keys } = await shop.call(getSigningKeys, {});
    return keys.map(({ kid }) => kid);
  };
  const signedBy = async () => {
    const { accessToken } = await shop.call(authenticate, ada);
    return decodeProtectedHeader(accessToken).kid;
  };
  const [first] = await published();
  assert.equal(await signedBy(), first);

  shop.clock.advance(30 * dayMs);
  await until(async () => (await published()).length === 2, { what: 'a second key' });
  const [, second] = await published();
  assert.equal(await signedBy(), first);
  shop.clock.advance(hourMs);
  assert.equal(await signedBy(), second);
  shop.clock.advance(2 * hourMs);
  await until(async () => (await published()).length === 1, { what: 'the old key to leave' });
  assert.deepEqual(await published(), [second]);
});

test('a restart keeps the keys', async () => {
  const before = await openShop({ modules: [usersModule], settings });
  const keys = await before.call(getSigningKeys, {});
  await before.stop();
  const after = await openShop({ modules: [usersModule], settings, place: before.place });
  assert.deepEqual(await after.call(getSigningKeys, {}), keys);
});

test('sessions are forgotten when their last token has expired', async () => {
  const { module, reader } = usersUnderTest({});
  const shop = await openShop({ modules: [often(module)], settings });
  await shop.call(createUser, { ...ada, username: 'Ada' });
  await shop.call(authenticate, ada);
  const rows = async () => [
    ...(await reader().sql`select id from sessions`),
    ...(await reader().sql`select hash from refresh_tokens`),
  ];
  assert.equal((await rows()).length, 2);
  shop.clock.advance(refreshTokenMs);
  await until(async () => (await rows()).length === 0, { what: 'the session to be forgotten' });
});

test('a generated password is told once, works, and is never told again', async () => {
  const told: { email: string; password: string }[] = [];
  const announce = {
    administrator: (email: string, password: string) => void told.push({ email, password }),
  };
  const { module } = usersUnderTest({ parts: { announce } });
  const first = await openShop({ modules: [module] });
  assert.equal(told.length, 1);
  assert.equal(told[0]?.email, 'admin@example.com');
  await first.call(authenticate, told[0] ?? ada);
  await first.stop();

  const second = await openShop({ modules: [module], place: first.place });
  assert.equal(told.length, 1);
  await second.call(authenticate, told[0] ?? ada);
});

test('an administrator who is there already keeps the password that they have', async () => {
  const first = await openShop({ modules: [usersModule], settings });
  await first.stop();
  const changed = { ADMIN_PASSWORD: 'another battery', ADMIN_EMAIL: 'other@example.com' };
  const { place } = first;
  const second = await openShop({ modules: [usersModule], settings: changed, place });
  const admin = { email: 'admin@example.com', password: settings.ADMIN_PASSWORD };
  await second.call(authenticate, admin);
  const other = { email: changed.ADMIN_EMAIL, password: changed.ADMIN_PASSWORD };
  await assert.rejects(second.call(authenticate, other), users.errors.invalidCredentials.is);
});

test('a wrong administrator setting is refused by name, and the password is not shown', async () => {
  const wrong = { ADMIN_EMAIL: 'nobody', ADMIN_PASSWORD: 'short' };
  await assert.rejects(openShop({ modules: [usersModule], settings: wrong }), (error: Error) => {
    assert.match(error.message, /ADMIN_EMAIL="nobody" must be an e-mail address/);
    assert.match(error.message, /ADMIN_PASSWORD=\(hidden\) must have 8 to 128 characters/);
    return true;
  });
});

if (storeUnderTest().name === 'postgres') {
  test('instances that start at once agree on one key and one administrator', async () => {
    const { place, stop } = await openShop({ modules: [] });
    const shops = await Promise.all(
      Array.from({ length: 3 }, () => openShop({ modules: [usersModule], settings, place })),
    );
    const keys = await Promise.all(shops.map((shop) => shop.call(getSigningKeys, {})));
    for (const { keys: one } of keys) assert.deepEqual(one, keys[0]?.keys);
    assert.equal(keys[0]?.keys.length, 1);
    await stop();
  });
}
