import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';

import { Failure } from '#kernel/failure';
import { hostNotRecognised } from '#kernel/kernel-failures';
import { movableClock } from '#test/clock';

import { encode, entryOf, forge, makeKey, openParty, party } from './trust-scene.ts';

const till = party('till', 'payments', 'orders');
const depot = party('depot', 'inventory');
const retired = makeKey();
const clock = movableClock();
const longAgo = { ...entryOf({ ...till, key: retired }), until: '2020-01-01T00:00:00Z' };
const { trust, audits, logged } = openParty(depot, [entryOf(till), longAgo], clock);

const now = Math.floor(clock.now() / 1000);
const header = { alg: 'EdDSA', typ: 'seamline-service+jwt', kid: till.key.kid };
const claims = {
  ...{ iss: 'till', mods: ['payments'], aud: 'inventory' },
  ...{ iat: now, nbf: now, exp: now + 60 },
};

function made(changes: { header?: object; claims?: object; key?: typeof till.key } = {}): string {
  const { key = till.key } = changes;
  const all = {
    header: { ...header, ...changes.header },
    claims: { ...claims, ...changes.claims },
  };
  return forge(all.header, all.claims, key.privateKey);
}

const without = (field: string) => ({ claims: { [field]: undefined } });
const signedPart = (token: string) => token.slice(0, token.lastIndexOf('.'));
const signature = (token: string) => token.slice(token.lastIndexOf('.') + 1);
const unsigned = (alg: string) => `${encode({ ...header, alg })}.${encode(claims)}.`;
const pem = till.key.publicKey.export({ type: 'spki', format: 'pem' });

/** The public key taken for the secret of an HMAC: the classic confusion of algorithms. */
function confused(secret: string | Buffer): string {
  const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const forgeries: readonly (readonly [what: string, token: string, reason: string])[] = [
  ['nothing', '', 'malformed'],
  ['no token at all', 'bearer of good news', 'malformed'],
  ['a token of 20 kB', `${'a'.repeat(20_000)}.${signature(made())}`, 'malformed'],
  ['alg none', unsigned('none'), 'malformed'],
  ['alg NoNe, with a signature', made({ header: { alg: 'NoNe' } }), 'wrong_algorithm'],
  ['an empty signature', `${signedPart(made())}.`, 'malformed'],
  ['HS256 by the public key', confused(String(pem)), 'malformed'],
  ['HS512 in name alone', made({ header: { alg: 'HS512' } }), 'wrong_algorithm'],
  ['no type', made({ header: { typ: undefined } }), 'wrong_type'],
  ['the type of any JWT', made({ header: { typ: 'JWT' } }), 'wrong_type'],
  ['the type of a user’s token', made({ header: { typ: 'at+jwt' } }), 'wrong_type'],
  ['a key in the header', made({ header: { jwk: {} } }), 'unknown_header'],
  ['an address of keys', made({ header: { jku: 'https://evil.example' } }), 'unknown_header'],
  ['an address of certificates', made({ header: { x5u: 'https://evil' } }), 'unknown_header'],
  ['an extension to be understood', made({ header: { crit: ['b64'] } }), 'unknown_header'],
  ['no key named', made({ header: { kid: undefined } }), 'malformed'],
  ['a path for a key', made({ header: { kid: '../../etc/passwd' } }), 'unknown_key'],
  ['SQL for a key', made({ header: { kid: "' or 1=1 --" } }), 'unknown_key'],
  ['a key of nobody', made({ header: { kid: makeKey().kid }, key: makeKey() }), 'unknown_key'],
  ['the key of another', made({ key: makeKey() }), 'wrong_signature'],
  ['our own key, said to be theirs', made({ key: depot.key }), 'wrong_signature'],
  ['a key past its end', made({ header: { kid: retired.kid }, key: retired }), 'retired_key'],
  [
    'claims exchanged',
    `${encode(header)}.${encode({ ...claims, mods: ['orders'] })}.${signature(made())}`,
    'wrong_signature',
  ],
  ['an end long ago', made({ claims: { iat: now - 200, exp: now - 140 } }), 'expired'],
  [
    'an end that has passed',
    made({ claims: { iat: now - 100, nbf: now - 100, exp: now - 40 } }),
    'expired',
  ],
  ['an end before its beginning', made({ claims: { exp: now - 1 } }), 'expired'],
  ['no end', made(without('exp')), 'malformed_claims'],
  ['no beginning', made(without('iat')), 'malformed_claims'],
  ['no nbf', made(without('nbf')), 'malformed_claims'],
  ['an end as text', made({ claims: { exp: `${now + 60}` } }), 'malformed_claims'],
  ['an end beyond numbers', made({ claims: { exp: 1e300 } }), 'malformed_claims'],
  ['a life of an hour', made({ claims: { exp: now + 3_600 } }), 'lives_too_long'],
  ['a life of 61 seconds', made({ claims: { exp: now + 61 } }), 'lives_too_long'],
  [
    'a beginning in the future',
    made({ claims: { iat: now + 50, nbf: now + 50, exp: now + 60 } }),
    'not_yet_valid',
  ],
  ['nbf in the future', made({ claims: { nbf: now + 50 } }), 'not_yet_valid'],
  ['another audience', made({ claims: { aud: 'media' } }), 'wrong_audience'],
  ['a list of audiences', made({ claims: { aud: ['inventory', 'x'] } }), 'malformed_claims'],
  ['no audience', made(without('aud')), 'malformed_claims'],
  ['another host', made({ claims: { iss: 'depot' } }), 'wrong_issuer'],
  ['no host', made(without('iss')), 'malformed_claims'],
  ['a module of another host', made({ claims: { mods: ['payments', 'users'] } }), 'wrong_module'],
  ['no modules', made({ claims: { mods: [] } }), 'malformed_claims'],
  ['modules that are none', made({ claims: { mods: [1] } }), 'malformed_claims'],
  ['the nonce of some connection', made({ claims: { nonce: 'x' } }), 'nonce_unexpected'],
  ['an empty nonce', made({ claims: { nonce: '' } }), 'malformed_claims'],
  ['claims that are a list', forge(header, [claims], till.key.privateKey), 'malformed'],
  ['prototypes for claims', forge(header, ['__proto__'], till.key.privateKey), 'malformed'],
];

test('what is forged is made from what would be good', () => {
  assert.equal(trust.verify(made(), { audience: ['inventory'] }).host, 'till');
});

for (const [what, token, reason] of forgeries) {
  test(`refused, and audited as ${reason}: ${what}`, () => {
    const before = audits().length;
    assert.throws(
      () => trust.verify(token, { audience: ['inventory'] }),
      (error) => hostNotRecognised.is(error) && error.details === undefined,
    );
    const lines = audits().slice(before);
    // Of one reason the log holds five lines; what comes beyond them is counted.
    const beyond = forgeries.filter((one) => one[2] === reason).findIndex(([w]) => w === what) >= 5;
    assert.deepEqual(
      lines.map(({ audit, reason: told }) => [audit, told]),
      beyond ? [] : [['service_token_refused', reason]],
    );
  });
}

test('whoever is refused learns the same, whatever was wrong', () => {
  const told = forgeries.map(([, token]) => {
    try {
      trust.verify(token, { audience: ['inventory'] });
    } catch (error) {
      return error instanceof Failure ? JSON.stringify(error.toRecord()) : String(error);
    }
    return 'let in';
  });
  assert.equal(new Set(told).size, 1);
  assert.match(told[0] ?? '', /"kind":"unauthenticated"/);
});

test('a refusal is written down without what was brought, and without what could forge a line', () => {
  const line = 'till\n{"audit":"nothing happened"}\u001b[2J';
  const { trust: another, logged: lines } = openParty(depot, [entryOf(till)], clock);
  const token = made({ claims: { iss: line, exp: now + 3_600 } });
  assert.throws(() => another.verify(token, { audience: ['inventory'] }), hostNotRecognised.is);
  const written = lines.at(-1) ?? {};
  assert.match(String(written.claimedHost), /^till\?+[\w?:]*$/);
  for (const text of [JSON.stringify(lines), JSON.stringify(logged)]) {
    assert.ok(!text.includes(signature(token)));
    assert.ok(!text.includes(signature(made())));
  }
});
