import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ConfigError, readSettings } from '#kernel/config/read-settings';

import {
  httpAccountOf,
  type PaymentSettings,
  paymentSettings,
} from '../providers/payment-settings.ts';

const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

const good = {
  PAYMENT_PROVIDER: 'http',
  PAYMENT_PROVIDER_URL: 'https://api.provider.example/v1',
  PAYMENT_PROVIDER_KEY: 'sk_secret',
  PAYMENT_WEBHOOK_SECRET: secret,
};

function accountOf(env: Readonly<Record<string, string>>) {
  const { own } = readSettings(env, { own: paymentSettings });
  return httpAccountOf(own as PaymentSettings);
}

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    accountOf(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('the sandbox needs no account, and has none', () => {
  assert.equal(accountOf({}), undefined);
  assert.equal(accountOf({ ...good, PAYMENT_PROVIDER: 'sandbox' }), undefined);
});

test('a provider over HTTP needs an address, a key and a secret: what is missing is told at once', () => {
  const problems = problemsOf({ PAYMENT_PROVIDER: 'http' });
  const names = problems.map((problem) => /^PAYMENT_\w+/.exec(problem)?.[0]);
  assert.deepEqual(names, [
    'PAYMENT_PROVIDER_URL',
    'PAYMENT_PROVIDER_KEY',
    'PAYMENT_WEBHOOK_SECRET',
  ]);
  for (const problem of problems) assert.match(problem, /is missing.* for example PAYMENT_/);
});

test('the key crosses a network in no clear text: https, or this machine', () => {
  const at = (PAYMENT_PROVIDER_URL: string) => problemsOf({ ...good, PAYMENT_PROVIDER_URL }).length;
  for (const fine of ['http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:8080/v1']) {
    assert.equal(at(fine), 0, fine);
  }
  for (const bad of [
    'http://api.provider.example',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://127.0.0.1',
    'https://user:password@api.provider.example',
    'https://api.provider.example?key=1',
    'provider',
  ]) {
    assert.equal(at(bad), 1, bad);
  }
});

test('several secrets count, with and without whsec_, and a weak one is refused', () => {
  const plain = Buffer.alloc(32, 2).toString('base64');
  const account = accountOf({ ...good, PAYMENT_WEBHOOK_SECRET: `${secret}, ${plain},` });
  assert.deepEqual(
    account?.webhookKeys.map((key) => [...key]),
    [Array(24).fill(1), Array(32).fill(2)],
  );
  const weak = Buffer.alloc(23, 1).toString('base64');
  for (const bad of [weak, `whsec_${weak}`, 'changeme', `${secret},no base64 at all, it is not`]) {
    const [problem, ...others] = problemsOf({ ...good, PAYMENT_WEBHOOK_SECRET: bad });
    assert.match(problem ?? '', /^PAYMENT_WEBHOOK_SECRET/);
    assert.ok(!problem?.includes(bad), 'the secret is not shown');
    assert.deepEqual(others, []);
  }
});

test('a key that no header can carry is refused, and not shown', () => {
  const [problem] = problemsOf({ ...good, PAYMENT_PROVIDER_KEY: 'two words' });
  assert.match(problem ?? '', /^PAYMENT_PROVIDER_KEY/);
  assert.doesNotMatch(problem ?? '', /two words/);
});
