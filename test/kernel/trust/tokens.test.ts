import assert from 'node:assert/strict';
import test from 'node:test';
import { jwtVerify } from 'jose';

import { hostNotRecognised } from '#kernel/kernel-failures';
import { movableClock } from '#test/clock';

import { decode, entryOf, openParty, party } from './trust-scene.ts';

const till = party('till', 'payments', 'orders');
const depot = party('depot', 'inventory');
const clock = movableClock();
const { trust: tills } = openParty(till, [entryOf(depot)], clock);
const { trust: depots, audits } = openParty(depot, [entryOf(till)], clock);
const ours = { audience: ['inventory'] };

test('a token says which host asks and for which modules, to one audience', () => {
  const { text, expiresAt } = tills.prove('inventory');
  const peer = depots.verify(text, ours);
  assert.equal(peer.host, 'till');
  assert.deepEqual([...peer.modules], ['payments', 'orders']);
  assert.ok(peer.until >= expiresAt && peer.until <= expiresAt + 30_000);
  const { header, claims } = decode(text);
  assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ']);
  assert.deepEqual([header.alg, header.typ], ['EdDSA', 'seamline-service+jwt']);
  assert.equal(claims.aud, 'inventory');
  assert.equal(Number(claims.exp) - Number(claims.iat), 60);
  assert.equal(Number(claims.exp) * 1000, expiresAt);
});

test('any library reads it: it is a JWT', async () => {
  const { text } = tills.prove('inventory');
  const { payload } = await jwtVerify(text, till.key.publicKey, {
    ...{ algorithms: ['EdDSA'], typ: 'seamline-service+jwt' },
    ...{ issuer: 'till', audience: 'inventory' },
  });
  assert.deepEqual(payload.mods, ['payments', 'orders']);
});

test('a token is used again while it lasts, and renewed well before its end', () => {
  const first = tills.prove('inventory');
  assert.equal(tills.prove('inventory'), first);
  assert.notEqual(tills.prove('media').text, first.text);
  clock.advance(38_000);
  const later = tills.prove('inventory');
  assert.ok(later.expiresAt - clock.now() > 20_000);
  clock.advance(4_000);
  const renewed = tills.prove('inventory');
  assert.notEqual(renewed.text, first.text);
  assert.ok(renewed.expiresAt - clock.now() > 58_000);
  depots.verify(renewed.text, ours);
});

test('a clock that is put back renews the token, so that it is not from the future', () => {
  const before = tills.prove('inventory');
  clock.advance(-3_600_000);
  const after = tills.prove('inventory');
  assert.ok(after.expiresAt < before.expiresAt - 3_000_000);
  depots.verify(after.text, ours);
  clock.advance(3_600_000);
});

test('a token of a connection is good on that connection alone', () => {
  const { text } = tills.prove('inventory', 'nonce-1');
  assert.equal(depots.verify(text, { ...ours, nonce: 'nonce-1' }).host, 'till');
  for (const expected of [ours, { ...ours, nonce: 'nonce-2' }, { ...ours, nonce: 'nonce-10' }]) {
    assert.throws(() => depots.verify(text, expected), hostNotRecognised.is);
  }
  const unbound = tills.prove('inventory').text;
  assert.throws(() => depots.verify(unbound, { ...ours, nonce: 'nonce-1' }), hostNotRecognised.is);
  assert.deepEqual(
    audits().map(({ reason }) => reason),
    ['nonce_unexpected', 'wrong_nonce', 'wrong_nonce', 'nonce_missing'],
  );
});

test('a token that was good is good again to the same audience, until it ends and no longer', () => {
  const { text } = tills.prove('inventory');
  depots.verify(text, ours);
  assert.equal(depots.verify(text, ours), depots.verify(text, ours));
  assert.throws(() => depots.verify(text, { audience: ['media'] }), hostNotRecognised.is);
  clock.advance(89_000 - (60_000 - (tills.prove('inventory').expiresAt - clock.now())));
  depots.verify(text, ours);
  clock.advance(2_000);
  assert.throws(() => depots.verify(text, ours), hostNotRecognised.is);
  assert.equal(audits().at(-1)?.reason, 'expired');
});

test('a host knows itself: another instance of it signs with the same key', () => {
  assert.equal(depots.verify(depots.prove('inventory').text, ours).host, 'depot');
});
