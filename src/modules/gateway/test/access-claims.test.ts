import assert from 'node:assert/strict';
import test from 'node:test';

import { bearerOf } from '../domain/access-claims.ts';

const rules = { audience: 'seamline', lifetimeSeconds: 600, skewSeconds: 30 };
const now = 1_000_000;
const good = { sub: 'u1', aud: 'seamline', iat: now, exp: now + 600, roles: ['customer'] };

test('the bearer of a token is the user that it names, until it ends', () => {
  const bearer = bearerOf(good, now, rules);
  assert.deepEqual(bearer, { userId: 'u1', roles: ['customer'], until: now + 630 });
});

test('roles that nobody knows are none', () => {
  const roles = ['admin', 'owner', 7];
  assert.deepEqual(bearerOf({ ...good, roles }, now, rules)?.roles, ['admin']);
  assert.deepEqual(bearerOf({ ...good, roles: 'admin' }, now, rules)?.roles, []);
});

test('a token is for us alone', () => {
  for (const aud of ['another', ['seamline'], ['seamline', 'another'], undefined]) {
    assert.equal(bearerOf({ ...good, aud }, now, rules), undefined);
  }
});

test('a token lives no longer than ours do, and begins before it ends', () => {
  for (const times of [
    { exp: now + 601 },
    { iat: now + 31, exp: now + 100 },
    { exp: now },
    { iat: undefined },
    { exp: '1000600' },
  ]) {
    assert.equal(bearerOf({ ...good, ...times }, now, rules), undefined);
  }
});
