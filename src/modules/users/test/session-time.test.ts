import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openShop } from '#test/shop';

import { users } from '../contract.ts';
import { refreshTokenMs } from '../domain/session.ts';
import { usersModule } from '../module.ts';

const { createUser, authenticate, refreshTokens } = users.calls;
const login = { email: 'ada@example.com', password: 'correct horse' };
const settings = { ADMIN_PASSWORD: 'correct admin battery' };
const dayMs = 24 * 3_600_000;

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
