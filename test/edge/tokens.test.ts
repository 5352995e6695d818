import assert from 'node:assert/strict';
import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after } from 'node:test';
import type { JWTPayload } from 'jose';

import { createLogger } from '#kernel/log';
import { openTrustInMemory } from '#kernel/trust/open-trust';

import { customerId, openDoor, problemIn } from './open-door.ts';

const door = await openDoor();
const now = () => Math.floor(door.clock.now() / 1000);

/** Makes a thing, which wants a signed-in user. */
async function knock(token: string | undefined) {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  return door.fetch('/api/things', {
    method: 'POST',
    headers,
    body: '{"name":"mug","quantity":1}',
  });
}

async function assertTurnedAway(token: string | undefined, why: string) {
  const before = door.arrived.length;
  const response = await knock(token);
  assert.equal(response.status, 401, why);
  assert.equal(response.headers.get('www-authenticate'), 'Bearer');
  assert.equal((await problemIn(response)).code, 'unauthenticated');
  assert.equal(door.arrived.length, before, why);
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function claimsOf(token: string): Promise<JWTPayload> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

test('a good token comes in as the user that it names', async () => {
  assert.equal((await knock(await door.keys.token(['customer', 'owner']))).status, 201);
  const { ctx, input } = door.lastArrived();
  assert.deepEqual(ctx.actor, { kind: 'user', id: customerId, roles: ['customer'] });
  assert.equal((input as { owner?: string }).owner, customerId);
  assert.equal(ctx.caller, 'gateway');
});

test('no token, and what is no token, are turned away', async () => {
  await assertTurnedAway(undefined, 'none');
  for (const token of ['x', 'a.b.c', '..', 'x'.repeat(10_000), '{}.{}.{}']) {
    await assertTurnedAway(token, token.slice(0, 20));
  }
  const response = await door.fetch('/api/things', {
    method: 'POST',
    headers: { authorization: `Basic ${await door.keys.token()}` },
  });
  assert.equal(response.status, 401);
});

test('a token without a signature is turned away, however its algorithm is written', async () => {
  const claims = part(await claimsOf(await door.keys.token()));
  for (const alg of ['none', 'NoNe', 'NONE', '', 'eddsa']) {
    await assertTurnedAway(`${part({ alg, typ: 'at+jwt', kid: 'first' })}.${claims}.`, alg);
  }
  const [head, body] = (await door.keys.token()).split('.');
  await assertTurnedAway(`${head}.${body}.`, 'empty signature');
  await assertTurnedAway(`${head}.${claims}.${'A'.repeat(86)}`, 'other signature');
});

test('a token signed with the public key as if it were a secret is turned away', async () => {
  const [jwk] = door.keys.published().keys as [JsonWebKey];
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const claims = part(await claimsOf(await door.keys.token()));
  for (const secret of [pem, String(jwk.x), Buffer.from(String(jwk.x), 'base64url')]) {
    const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: 'first' })}.${claims}`;
    const signature = createHmac('sha256', secret).update(signed).digest('base64url');
    await assertTurnedAway(`${signed}.${signature}`, 'HS256');
  }
});

test('headers that say where a key is to be found are an attack, and nobody asks there', async () => {
  let asked = 0;
  const attacker = createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify(door.keys.published()));
  }).listen(0, '127.0.0.1');
  after(() => attacker.close());
  await once(attacker, 'listening');
  const url = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}/jwks`;
  const [jwk] = door.keys.published().keys;
  for (const header of [{ jku: url }, { x5u: url }, { jwk }, { x5c: ['AA'] }, { crit: ['b64'] }]) {
    const token = await door.keys.token([], { header }).catch(() => `${part(header)}.e30.e30`);
    await assertTurnedAway(token, JSON.stringify(Object.keys(header)));
  }
  assert.equal(asked, 0);
});

test('a key id that nobody publishes is turned away: unknown, a path, a query', async () => {
  for (const kid of ['other', '../../etc/passwd', "' or 1=1 --", '']) {
    await assertTurnedAway(await door.keys.token([], { header: { kid } }), kid);
  }
  const numeric = await door.keys.token([], { header: { kid: 7 as unknown as string } });
  await assertTurnedAway(numeric, 'a number');
});

test('times that are not ours are turned away: expired, early, unlimited, too long', async () => {
  const wrong: [string, JWTPayload][] = [
    ['expired', { iat: now() - 700, exp: now() - 100 }],
    ['not yet', { nbf: now() + 100 }],
    ['issued in the future', { iat: now() + 100, exp: now() + 200 }],
    ['without an end', { exp: undefined as never }],
    ['without a beginning', { iat: undefined as never }],
    ['for ever', { exp: now() + 10 * 365 * 24 * 3600 }],
    ['ends before it begins', { iat: now(), exp: now() - 10 }],
    ['an end that is no number', { exp: '9999999999' as never }],
  ];
  for (const [why, claims] of wrong) {
    await assertTurnedAway(await door.keys.token([], { claims }), why);
  }
});

test('clocks may differ by 30 seconds, and no more', async () => {
  const ahead = { iat: now() + 20, exp: now() + 600 };
  assert.equal((await knock(await door.keys.token([], { claims: ahead }))).status, 201);
  const behind = { iat: now() - 600, exp: now() - 20 };
  assert.equal((await knock(await door.keys.token([], { claims: behind }))).status, 201);
  const late = { iat: now() - 600, exp: now() - 40 };
  await assertTurnedAway(await door.keys.token([], { claims: late }), 'late');
});

test('tokens for or from others are turned away: audience, issuer, type, subject', async () => {
  for (const claims of [
    { aud: 'another' },
    { aud: ['seamline', 'another'] },
    { iss: 'another' },
    { sub: undefined as never },
    { sub: '' },
  ]) {
    await assertTurnedAway(await door.keys.token([], { claims }), JSON.stringify(claims));
  }
  for (const typ of ['JWT', 'service+jwt', undefined]) {
    await assertTurnedAway(await door.keys.token([], { header: { typ } }), String(typ));
  }
});

test('a token that was accepted is refused once it has expired', async () => {
  const token = await door.keys.token();
  assert.equal((await knock(token)).status, 201);
  door.clock.advance(631_000);
  await assertTurnedAway(token, 'remembered');
});

test('keys roll over: both are good until the old one is taken back, without a restart', async () => {
  const old = await door.keys.token();
  assert.equal((await knock(old)).status, 201);
  await door.keys.add('second');
  door.clock.advance(3_000);
  assert.equal((await knock(await door.keys.token([], { kid: 'second' }))).status, 201);
  assert.equal((await knock(old)).status, 201);
  door.keys.retire('first');
  door.clock.advance(61_000);
  await assertTurnedAway(old, 'retired');
  await door.keys.add('first');
  door.clock.advance(61_000);
});

test('a role that the token does not have is missing, and that is kept as an audit line', async () => {
  const patch = async (roles: string[]) =>
    door.fetch('/api/things/019a7c5e-2f4b-7d3a-9c1e-5b8f6a4d2e10', {
      method: 'PATCH',
      headers: {
        ...(await door.keys.bearer(roles)),
        'content-type': 'application/json',
        'idempotency-key': 'k1',
      },
      body: '{"name":"x"}',
    });
  const refused = await patch(['customer']);
  assert.equal(refused.status, 403);
  assert.equal((await problemIn(refused)).code, 'forbidden');
  assert.equal((await patch(['admin'])).status, 200);
  const audit = door.logged.filter((line) => line.audit === 'forbidden');
  assert.equal(audit.length, 1);
  assert.equal(audit[0]?.account, customerId);
  assert.equal(audit[0]?.client, '127.0.0.1');
});

test('a bad token does not keep anybody from a door that is open to all', async () => {
  const response = await door.fetch('/api/things/019a7c5e-2f4b-7d3a-9c1e-5b8f6a4d2e10', {
    headers: { authorization: 'Bearer stale' },
  });
  assert.equal(response.status, 200);
  assert.deepEqual(door.arrived.at(-1)?.ctx.actor, { kind: 'anyone' });
});

test('a host’s service token is no user’s, not even by a key that users sign with', async () => {
  const host = {
    host: 'till',
    modules: ['payments'],
    clock: door.clock,
    log: createLogger('silent'),
  };
  await assertTurnedAway(openTrustInMemory(host).prove('seamline').text, 'a service token');
  const header = { typ: 'seamline-service+jwt' };
  await assertTurnedAway(await door.keys.token(['admin'], { header }), 'its type');
});

test('no token ever reaches the log', async () => {
  const token = await door.keys.token();
  await knock(token);
  await knock(`${token}x`);
  const signature = token.split('.')[2] ?? '';
  assert.ok(door.logged.some(({ audit }) => audit === 'unauthenticated'));
  assert.ok(!JSON.stringify(door.logged).includes(signature));
});
