import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessTokens, users } from '../contract.ts';
import { normaliseEmail } from '../domain/email.ts';
import { nextKey, retiredKeys, signingKey } from '../domain/keyring.ts';
import { lockedForSeconds, mostFailures, oneMore, windowMs } from '../domain/login-attempts.ts';
import { hashCost, judgeHash } from '../domain/password-hash.ts';
import { judgeRefresh } from '../domain/session.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

test('one address has one spelling', () => {
  assert.equal(normaliseEmail('Ada@Example.COM'), 'ada@example.com');
  assert.equal(normaliseEmail('ａｄａ@example.com'), 'ada@example.com');
  assert.equal(normaliseEmail('cafe\u0301@example.com'), normaliseEmail('caf\u00e9@example.com'));
});

test('what is no address by itself or by unifying is refused', () => {
  for (const typed of [
    'a\uff02b@c.de',
    'a\uff1cb@c.de',
    'a@b',
    'a b@c.de',
    'a@b.de\r\nBcc: x@y.de',
    '"a"@b.de',
  ]) {
    assert.throws(() => normaliseEmail(typed), users.errors.invalidEmail.is, typed);
  }
});

test('an address of 100 000 characters is refused as fast as a short one', () => {
  assert.throws(() => normaliseEmail(`${'a.'.repeat(50_000)}@b.de`), users.errors.invalidEmail.is);
});

test('an account is locked after ten failures, for what is left of a quarter of an hour', () => {
  let failed = oneMore(undefined, 0);
  for (let count = 1; count < mostFailures; count += 1) {
    assert.equal(lockedForSeconds(failed, 60_000), undefined);
    failed = oneMore(failed, 60_000);
  }
  assert.equal(lockedForSeconds(failed, 60_000), 14 * 60);
  assert.equal(lockedForSeconds(failed, windowMs), undefined);
  assert.deepEqual(oneMore(failed, windowMs), { count: 1, since: windowMs });
});

test('weak hashes are renewed, and excessive ones never computed', () => {
  assert.equal(judgeHash(hashCost), 'good');
  assert.equal(judgeHash({ ...hashCost, memoryKiB: 4096 }), 'weak');
  assert.equal(judgeHash({ ...hashCost, passes: 1 }), 'weak');
  assert.equal(judgeHash({ ...hashCost, isArgon2id: false }), 'weak');
  assert.equal(judgeHash({ ...hashCost, memoryKiB: 4_194_304 }), 'excessive');
  assert.equal(judgeHash({ ...hashCost, passes: 1_000_000 }), 'excessive');
});

test('the first key signs at once, and each next one an hour after it is published', () => {
  const first = nextKey([], 0);
  assert.deepEqual(first, { generation: 1, createdAt: 0, signsFrom: 0 });
  assert.ok(first);
  assert.equal(nextKey([first], 30 * dayMs - 1), undefined);

  const second = nextKey([first], 30 * dayMs);
  assert.ok(second);
  assert.equal(second.generation, 2);
  assert.equal(signingKey([second, first], 30 * dayMs + hourMs - 1), first);
  assert.equal(signingKey([second, first], 30 * dayMs + hourMs), second);
});

test('an old key stays published until its last token has expired on the slowest clock', () => {
  const [first, second] = [
    { generation: 1, createdAt: 0, signsFrom: 0 },
    { generation: 2, createdAt: dayMs, signsFrom: dayMs },
  ];
  const lastToken = dayMs + accessTokens.lifetimeSeconds * 1000;
  assert.deepEqual(retiredKeys([first, second], lastToken + hourMs), []);
  assert.deepEqual(retiredKeys([first, second], lastToken + hourMs + 1), [first]);
});

test('a clock that has gone back before every key still finds one to sign with', () => {
  const key = { generation: 1, createdAt: dayMs, signsFrom: dayMs };
  assert.equal(signingKey([key], 0), key);
});

test('a refresh token is good once, until it expires or its session ends', () => {
  const session = { id: 's', userId: 'u', endedAt: null };
  const token = { hash: 'h', expiresAt: dayMs, usedAt: null };
  assert.equal(judgeRefresh(token, session, 0), 'rotate');
  assert.equal(judgeRefresh({ ...token, usedAt: 1 }, session, 2), 'reused');
  assert.equal(judgeRefresh(token, session, dayMs), 'ended');
  assert.equal(judgeRefresh({ ...token, usedAt: 1 }, { ...session, endedAt: 2 }, 3), 'ended');
});
