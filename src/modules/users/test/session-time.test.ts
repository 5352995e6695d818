import assert from 'node:assert/strict';
import { test } from 'node:test';

import { often } from '#test/often';
import { openShop } from '#test/shop';
import { until } from '#test/until';

import { users } from '../contract.ts';
import { refreshTokenMs } from '../domain/session.ts';
import { usersModule } from '../module.ts';
import { usersUnderTest } from './users-under-test.ts';

const { createUser, authenticate, refreshTokens } = users.calls;
const login = { email: 'ada@example.com', password: 'correct horse' };
const settings = { ADMIN_PASSWORD: 'correct admin battery' };
const dayMs = 24 * 3_600_000;

test('a session that goes on for years keeps the tokens of its last month, and no more', async () => {
  const { module, reader } = usersUnderTest({});
  const shop = await openShop({ modules: [often(module)], settings });
  await shop.call(createUser, { ...login, username: 'Ada' });
  let { refreshToken } = await shop.call(authenticate, login);
  for (let change = 0; change < 20; change += 1) {
    shop.clock.advance(refreshTokenMs / 3);
    ({ refreshToken } = await shop.call(refreshTokens, { refreshToken }));
  }
  const kept = async () => (await reader().sql`select hash from refresh_tokens`).length;
  await until(async () => (await kept()) <= 3, { what: 'three tokens at most' });
  await shop.call(refreshTokens, { refreshToken });
});

test('a refresh token ends after thirty days, unless it is changed before', async () => {
  const shop = await openShop({ modules: [usersModule], settings });
  await shop.call(createUser, { ...login, username: 'Ada' });
  const idle = await shop.call(authenticate, login);
  const busy = await shop.call(authenticate, login);

  shop.clock.advance(refreshTokenMs - dayMs);
  const renewed = await shop.call(refreshTokens, { refreshToken: busy.refreshToken });
  shop.clock.advance(2 * dayMs);
  const { invalidRefreshToken } = users.errors;
  await assert.rejects(
    shop.call(refreshTokens, { refreshToken: idle.refreshToken }),
    invalidRefreshToken.is,
  );
  await shop.call(refreshTokens, { refreshToken: renewed.refreshToken });
});
