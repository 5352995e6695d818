import assert from 'node:assert/strict';
import test from 'node:test';

import { readSettings } from '#kernel/config/read-settings';

import { gatewaySettings } from '../settings.ts';

const read = (environment: Record<string, string>) =>
  readSettings(environment, { gateway: gatewaySettings }).gateway;

test('the door is sane without any setting', () => {
  assert.deepEqual(read({}), {
    PORT: 3000,
    BIND: '127.0.0.1',
    DRAIN_DELAY_MS: 500,
    RATE_LIMIT: 50,
    TRUSTED_PROXIES: [],
    CORS_ORIGINS: [],
  });
});

test('settings are read as people write them', () => {
  const { RATE_LIMIT, TRUSTED_PROXIES, CORS_ORIGINS } = read({
    RATE_LIMIT: '7/s',
    TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1,fd00::/8',
    CORS_ORIGINS: 'https://a.example, http://localhost:5173',
  }) as Record<string, unknown>;
  assert.equal(RATE_LIMIT, 7);
  assert.deepEqual(TRUSTED_PROXIES, ['10.0.0.0/8', '192.0.2.1/32', 'fd00::/8']);
  assert.deepEqual(CORS_ORIGINS, ['https://a.example', 'http://localhost:5173']);
  assert.equal(read({ RATE_LIMIT: 'off' })?.RATE_LIMIT, undefined);
});

test('what does not do is told with what would', () => {
  for (const [name, values] of Object.entries({
    RATE_LIMIT: ['0/s', '10', '10/m', '-1/s', 'on'],
    TRUSTED_PROXIES: ['10.0.0.0/33', 'proxy', '10.0.0.0/', 'fd00::/129', '10.0.0.0/8/8'],
    CORS_ORIGINS: ['*', 'null', 'shop.example', 'https://a.example/', 'https://A.example'],
    PORT: ['70000', 'http'],
  })) {
    for (const value of values) {
      assert.throws(() => read({ [name]: value }), new RegExp(`${name}=.*for example ${name}=`));
    }
  }
});
