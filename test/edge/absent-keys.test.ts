import assert from 'node:assert/strict';
import test from 'node:test';

import { users } from '#contracts/users';
import { callFailures } from '#kernel/calls/call-failures';

import { type OpenDoor, openDoor } from './open-door.ts';

const { getSigningKeys } = users.calls;

const away = () =>
  Promise.reject(callFailures.providerUnavailable({ call: 'getSigningKeys', why: 'it is down' }));

const statusAt = async (door: OpenDoor, headers: Record<string, string>) => {
  const json = { ...headers, 'content-type': 'application/json' };
  const body = '{"name":"mug","quantity":1}';
  return (await door.fetch('/api/things', { method: 'POST', headers: json, body })).status;
};

for (const [what, answer] of [
  ['does not answer', () => new Promise<never>(() => undefined)],
  ['is away', away],
] as const) {
  test(`while the owner of the keys ${what}, those that are known are good`, async () => {
    const door = await openDoor();
    const before = await door.keys.bearer();
    assert.equal(await statusAt(door, before), 201);
    door.answer(getSigningKeys, answer);
    door.clock.advance(61_000);
    const fresh = await door.keys.bearer();
    for (const headers of [before, fresh, before]) assert.equal(await statusAt(door, headers), 201);
  });
}

test('a token that nobody can judge is a guest’s where all may come in, and no refusal elsewhere', async () => {
  const door = await openDoor();
  door.answer(getSigningKeys, away);
  const headers = await door.keys.bearer();
  const open = await door.fetch('/api/things/019a7c5e-2f4b-7d3a-9c1e-5b8f6a4d2e10', { headers });
  assert.equal(open.status, 200);
  assert.deepEqual(door.lastArrived().ctx.actor, { kind: 'anyone' });
  assert.equal(await statusAt(door, headers), 503);

  door.answer(getSigningKeys, () => undefined);
  door.clock.advance(2_000);
  assert.equal(await statusAt(door, headers), 201);
});

test('a key that came while its owner was away is good once it is told of', async () => {
  const door = await openDoor();
  assert.equal(await statusAt(door, await door.keys.bearer()), 201);
  await door.keys.add('second');
  door.answer(getSigningKeys, away);
  door.clock.advance(3_000);
  const headers = { authorization: `Bearer ${await door.keys.token([], { kid: 'second' })}` };
  assert.equal(await statusAt(door, headers), 503);
  door.answer(getSigningKeys, () => undefined);
  door.clock.advance(2_000);
  assert.equal(await statusAt(door, headers), 201);
});
