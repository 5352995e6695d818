import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hashOfKey, sealFor } from '#kernel/calls/seal';

test('a sealed answer opens for who brings the same secrets again', () => {
  const closed = sealFor(['users.authenticate', 'key', '{"password":"p"}']).close('{"token":"t"}');
  assert.equal(
    sealFor(['users.authenticate', 'key', '{"password":"p"}']).open(closed),
    '{"token":"t"}',
  );
});

test('a sealed answer opens neither with another key nor with another input', () => {
  const closed = sealFor(['call', 'key', 'input']).close('answer');
  for (const others of [
    ['call', 'other', 'input'],
    ['call', 'key', 'other'],
    ['call', 'keyi', 'nput'],
  ]) {
    assert.equal(sealFor(others).open(closed), undefined);
  }
});

test('what is kept shows neither the answer nor the key, and is never twice the same', () => {
  const seal = sealFor(['call', 'key', 'input']);
  const closed = seal.close('a-token');
  assert.ok(!Buffer.from(closed, 'base64url').includes('a-token'));
  assert.notEqual(closed, seal.close('a-token'));
  assert.notEqual(hashOfKey('key'), 'key');
});
