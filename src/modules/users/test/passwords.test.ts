import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash, parseOptions, verify } from '@node-rs/argon2';

import { users } from '../contract.ts';
import { argon2Passwords } from '../providers/argon2-passwords.ts';
import { createBoundedPool } from '../providers/bounded-pool.ts';

const { signal } = new AbortController();

test('a hash is argon2id with 19 MiB and two passes, and never twice the same', async () => {
  const passwords = argon2Passwords();
  const [first, second] = await Promise.all([
    passwords.hash('correct horse', signal),
    passwords.hash('correct horse', signal),
  ]);
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(first, second);
  assert.equal(await passwords.compare(first, 'correct horse', signal), 'right');
  assert.equal(await passwords.compare(first, 'wrong horse', signal), 'wrong');
});

test('one password typed in two ways of Unicode is one password', async () => {
  const passwords = argon2Passwords();
  const stored = await passwords.hash('caf\u00e9 au lait', signal);
  assert.equal(await passwords.compare(stored, 'cafe\u0301 au lait', signal), 'right');
});

test('a weak hash is right and weak; an excessive, foreign or missing one is wrong', async () => {
  const passwords = argon2Passwords();
  const weak = await hash('correct horse', { memoryCost: 4096, timeCost: 1, parallelism: 1 });
  assert.equal(await passwords.compare(weak, 'correct horse', signal), 'weak');
  const huge = weak.replace('m=4096', 'm=4194304');
  assert.equal(await passwords.compare(huge, 'correct horse', signal), 'wrong');
  assert.equal(await passwords.compare('$2b$12$abc', 'correct horse', signal), 'wrong');
  assert.equal(await passwords.compare('$argon2id$nonsense', 'correct horse', signal), 'wrong');
  assert.equal(await passwords.compare(undefined, 'correct horse', signal), 'wrong');
});

test('few work at once, few wait, and the next is refused', async () => {
  const pool = createBoundedPool({ running: 1, waiting: 1 }, () =>
    users.errors.tooManyLogins({ retryAfter: 1 }),
  );
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = pool.run(signal, async () => {
    order.push('first');
    await gate.promise;
  });
  const second = pool.run(signal, async () => void order.push('second'));
  await assert.rejects(
    pool.run(signal, async () => void order.push('third')),
    users.errors.tooManyLogins.is,
  );
  assert.deepEqual(order, ['first']);
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(order, ['first', 'second']);
  await pool.run(signal, async () => void order.push('fourth'));
  assert.deepEqual(order, ['first', 'second', 'fourth']);
});

test('who stops waiting leaves the queue, and takes nobody’s place', async () => {
  const pool = createBoundedPool({ running: 1, waiting: 1 }, () => new Error('full'));
  const gate = Promise.withResolvers<void>();
  const first = pool.run(signal, () => gate.promise);
  const leaving = new AbortController();
  const second = pool.run(leaving.signal, async () => assert.fail('nobody waits for this'));
  leaving.abort(new Error('gone'));
  await assert.rejects(second, /gone/);
  const third = pool.run(signal, async () => 'third');
  gate.resolve();
  await first;
  assert.equal(await third, 'third');
});

test('every comparison verifies one hash of the same cost, also for nobody and for a huge hash', async () => {
  const verified: string[] = [];
  const passwords = argon2Passwords({
    hash,
    verify: (stored, password) => {
      verified.push(String(stored));
      return verify(stored, password);
    },
  });
  const stored = await passwords.hash('correct horse', signal);
  for (const found of [stored, undefined, stored.replace('m=19456', 'm=4194304'), 'nonsense']) {
    await passwords.compare(found, 'wrong horse', signal);
  }
  assert.equal(verified.length, 4);
  const costs = verified.map((one) => JSON.stringify(parseOptions(one)));
  assert.equal(new Set(costs).size, 1);
});
