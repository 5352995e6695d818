import assert from 'node:assert/strict';
import test from 'node:test';

import { networkOf } from '../domain/network.ts';

test('an address counts for its network: itself, or the /64 that it can walk through', () => {
  const expected = {
    '203.0.113.7': '203.0.113.7',
    '::ffff:203.0.113.7': '203.0.113.7',
    '2001:db8::1': '2001:db8:0:0::/64',
    '2001:0db8:0000:0000:ffff::': '2001:db8:0:0::/64',
    '2001:db8:a:b:c:d:e:f': '2001:db8:a:b::/64',
    '::1': '0:0:0:0::/64',
    'fe80::1%eth0': 'fe80:0:0:0::/64',
  };
  for (const [address, network] of Object.entries(expected)) {
    assert.equal(networkOf(address), network);
  }
});
