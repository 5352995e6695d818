import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash } from '@node-rs/argon2';

import type { Failure } from '#kernel/failure';
import { openShop } from '#test/shop';

import { users } from '../contract.ts';
import { mostFailures, windowMs } from '../domain/login-attempts.ts';
import { addAccount, findAccountByEmail } from '../store/user-store.ts';
import { usersUnderTest } from './users-under-test.ts';

const { createUser, authenticate, updateUser } = users.calls;
const { invalidCredentials, tooManyAttempts } = users.errors;
const settings = { ADMIN_PASSWORD: 'correct admin battery' };
const password = 'correct horse';

const weakHash = await hash(password, { memoryCost: 4096, timeCost: 1, parallelism: 1 });
const { module, reader } = usersUnderTest({
  seed: async (tx) => {
    const { nowIso: createdAt, nowIso: updatedAt } = tx;
    const times = { emailVerifiedAt: createdAt, createdAt, updatedAt };
    const account = {
      ...times,
      username: 'Old',
      roles: ['customer' as const],
      pendingEmail: null,
    };
    for (const [email, passwordHash] of [
      ['weak@example.com', weakHash],
      ['huge@example.com', weakHash.replace('m=4096', 'm=4194304')],
    ] as const) {
      await addAccount(tx, { ...account, id: tx.newId(), email, passwordHash });
    }
  },
});
const shop = await openShop({ modules: [module], settings });

const logIn = (email: string, typed = password) =>
  shop.call(authenticate, { email, password: typed });

async function refusalOf(attempt: Promise<unknown>): Promise<Failure> {
  return await attempt.then(
    () => assert.fail('this login should have been refused'),
    (error: Failure) => error,
  );
}

test('a login that fails keeps nothing: its key is as good as new', async () => {
  const email = 'key@example.com';
  await shop.call(createUser, { email, password, username: 'Ada' });
  const key = 'one key';
  const wrong = shop.call(authenticate, { email, password: 'wrong horse' }, { key });
  await assert.rejects(wrong, invalidCredentials.is);
  await shop.call(authenticate, { email, password }, { key });
});

test('a wrong password, an unknown account and a hash that must not be computed look the same', async () => {
  await shop.call(createUser, { email: 'ada@example.com', password, username: 'Ada' });
  const refusals = await Promise.all([
    refusalOf(logIn('ada@example.com', 'wrong horse')),
    refusalOf(logIn('nobody@example.com')),
    refusalOf(logIn('no address at all')),
    refusalOf(logIn('huge@example.com')),
  ]);
  const expected = JSON.stringify(invalidCredentials().toRecord());
  for (const refusal of refusals) assert.equal(JSON.stringify(refusal.toRecord()), expected);
});

test('an address may be typed in another case, and a password in another form of Unicode', async () => {
  const typed = 'cafe\u0301 au lait';
  await shop.call(createUser, { email: 'Eve@Example.com', password: typed, username: 'Eve' });
  await logIn('eVe@example.COM', 'caf\u00e9 au lait');
});

test('a weak hash is made anew when its owner logs in', async () => {
  await logIn('weak@example.com');
  const renewed = await findAccountByEmail(reader(), 'weak@example.com');
  assert.match(renewed?.passwordHash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  await logIn('weak@example.com');
});

test('guessing locks an account for a while, and tells nothing of whether there is one', async () => {
  await shop.call(createUser, { email: 'bob@example.com', password, username: 'Bob' });
  for (const email of ['bob@example.com', 'not-bob@example.com']) {
    const guesses = Array.from({ length: mostFailures }, () => refusalOf(logIn(email, 'a guess')));
    for (const refusal of await Promise.all(guesses)) assert.ok(invalidCredentials.is(refusal));
    const locked = await refusalOf(logIn(email));
    assert.ok(tooManyAttempts.is(locked), String(locked));
    assert.ok(locked.details.retryAfter > 800 && locked.details.retryAfter <= 900);
  }
  shop.clock.advance(windowMs);
  await logIn('bob@example.com');
});

test('a login that was refused for too many tries may come again with its key', async () => {
  await shop.call(createUser, { email: 'joe@example.com', password, username: 'Joe' });
  const guesses = Array.from({ length: mostFailures }, () =>
    refusalOf(logIn('joe@example.com', 'a guess')),
  );
  await Promise.all(guesses);
  const input = { email: 'joe@example.com', password };
  await assert.rejects(shop.call(authenticate, input, { key: 'joe' }), tooManyAttempts.is);
  shop.clock.advance(windowMs);
  await shop.call(authenticate, input, { key: 'joe' });
});

test('a right password clears the failures before it', async () => {
  await shop.call(createUser, { email: 'sue@example.com', password, username: 'Sue' });
  for (let round = 0; round < 2; round += 1) {
    const guesses = Array.from({ length: mostFailures - 1 }, () =>
      refusalOf(logIn('sue@example.com', 'a guess')),
    );
    await Promise.all(guesses);
    await logIn('sue@example.com');
  }
});

test('who holds a token can not guess the password behind it either', async () => {
  const input = { email: 'kim@example.com', password, username: 'Kim' };
  const { id: userId } = await shop.call(createUser, input);
  const as = { kind: 'user', id: userId, roles: ['customer'] } as const;
  const change = { userId, email: 'kim@example.org', currentPassword: 'a guess' };
  for (let tries = 0; tries < mostFailures; tries += 1) {
    await assert.rejects(shop.call(updateUser, change, { as }), users.errors.wrongPassword.is);
  }
  await assert.rejects(shop.call(updateUser, change, { as }), tooManyAttempts.is);
});

test('the store holds no password and no token, and nothing to guess them by', async () => {
  const input = { email: 'secret@example.com', password: 'very secret horse' };
  await shop.call(createUser, { ...input, username: 'Secret' });
  const { accessToken, refreshToken } = await shop.call(authenticate, input);
  const rows = await Promise.all([
    reader().sql`select * from command_keys`,
    reader().sql`select * from users`,
    reader().sql`select * from sessions`,
    reader().sql`select * from refresh_tokens`,
  ]);
  const kept = JSON.stringify(rows);
  for (const secret of [input.password, accessToken, refreshToken]) {
    assert.ok(!kept.includes(secret), 'a secret lies in the store in clear');
  }
  const [keys = []] = rows as { input_hash: string }[][];
  assert.ok(keys.length > 0);
  assert.ok(keys.every(({ input_hash }) => input_hash === 'sealed'));
});
