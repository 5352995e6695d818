import assert from 'node:assert/strict';
import test, { after } from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { Type } from '#kernel/schema';
import { temporaryFolder } from '#test/temp-folder';

import { bellWith, openAsking, openBell } from './open-bell.ts';

const loudness = Type.Integer({ minimum: 1, maximum: 10 });
const bell = bellWith(Type.Object({ loudness: Type.Optional(loudness) }));
const dataDir = temporaryFolder({ after });
const depot = await openBell(dataDir, bell);

const rung = { sound: 'dong' };

for (const mode of ['stream', 'request'] as const) {
  test(`${mode}: a host that has proven itself asks for a module that declares the call`, async () => {
    const till = openAsking(depot.url, { bell, mode, dataDir });
    assert.deepEqual(await till.ask('tower'), rung);
  });

  test(`${mode}: an undeclared call is refused as it is in one process, each time and on record`, async () => {
    const till = openAsking(depot.url, { bell, mode, dataDir });
    depot.lines.length = 0;
    for (let time = 0; time < 3; time += 1) {
      await assert.rejects(till.ask('street'), (error) => {
        assert.ok(callFailures.undeclaredCall.is(error));
        assert.deepEqual([error.code, error.status], ['undeclared_call', 403]);
        return true;
      });
    }
    const told = depot.audits().map(({ audit, caller, call }) => [audit, caller, call]);
    assert.ok(told.length >= 1, 'the refusals are audited');
    for (const line of told) assert.deepEqual(line, ['undeclared_call', 'street', 'bell.ring']);
  });

  test(`${mode}: a host does not speak for a module that its key was not given for`, async () => {
    const folder = { dataDir: temporaryFolder({ after }) };
    const other = await openBell(folder.dataDir, bell);
    const till = openAsking(other.url, { bell, mode, ...folder, speaksFor: ['street'] });
    await assert.rejects(till.ask('tower'), /may not speak for this module/);
    assert.equal(other.audits().at(-1)?.audit, 'caller_not_proven');
  });

  test(`${mode}: a host with keys of its own making gets nowhere, and shows no token to strangers`, async () => {
    const stranger = openAsking(depot.url, { bell, mode, dataDir: temporaryFolder({ after }) });
    depot.lines.length = 0;
    await assert.rejects(stranger.ask('tower'), { kind: 'unavailable' });
    const [refused] = stranger.lines.filter(({ audit }) => audit === 'service_token_refused');
    assert.deepEqual([refused?.reason, refused?.claimedHost], ['unknown_key', 'depot']);
    assert.deepEqual(depot.audits(), []);
  });

  test(`${mode}: versions that fit work in both directions`, async () => {
    const wider = Type.Optional(Type.Integer({ minimum: 1, maximum: 10 }));
    const sound = Type.Object({ sound: Type.Optional(Type.String()) });
    const next = bellWith(
      Type.Object({ loudness: wider, tune: Type.Optional(Type.String()) }),
      sound,
    );
    const folder = { dataDir: temporaryFolder({ after }) };
    const newDepot = await openBell(folder.dataDir, next);
    const oldTill = openAsking(newDepot.url, { bell, mode, ...folder });
    assert.deepEqual(await oldTill.ask('tower', { loudness: 3 }), rung);
    const newTill = openAsking(depot.url, { bell: next, mode, dataDir });
    assert.deepEqual(await newTill.ask('tower', { loudness: 3, tune: 'Big Ben' }), rung);
  });

  test(`${mode}: a version that does not fit is told to the operator by contract, call and field`, async () => {
    const loud = bellWith(Type.Object({ loudness: Type.Optional(Type.Integer()) }));
    const till = openAsking(depot.url, { bell: loud, mode, dataDir });
    await assert.rejects(till.ask('tower'), { kind: 'unavailable' });
    const line = till.lines.find(({ difference }) => difference !== undefined);
    assert.equal(
      line?.difference,
      'bell.ring, input field loudness: this host sends a whole number, and the other host takes a whole number from 1 to 10.',
    );
    assert.deepEqual([line?.level, line?.here, line?.there], ['error', 'till', 'depot']);
    assert.equal(line?.msg, 'two hosts have contracts that do not go together');
  });
}

const ask = (token: string | undefined, headers: Record<string, string> = {}) =>
  fetch(`${depot.url}/internal/calls/bell/ring`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-caller': 'tower',
      'x-actor': '{"kind":"anyone"}',
      'x-timeout-ms': '1000',
      traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
      'idempotency-key': 'k',
      ...(token !== undefined && { 'x-service-token': token }),
      ...headers,
    },
    body: '{}',
  });

test('a token is good at its audience as often as it is sent, and nowhere else', async () => {
  const till = openAsking(depot.url, { bell, mode: 'request', dataDir });
  const { text } = till.trust.prove('bell');
  assert.equal((await ask(text)).status, 200);
  assert.equal((await ask(text)).status, 200);
  depot.lines.length = 0;
  const refused: readonly (readonly [string | undefined, string])[] = [
    [till.trust.prove('inventory').text, 'wrong_audience'],
    [till.trust.prove('bell', 'a connection').text, 'nonce_unexpected'],
    [`${text.slice(0, -6)}AAAAAA`, 'wrong_signature'],
    [undefined, 'malformed'],
  ];
  for (const [token, reason] of refused) {
    const response = await ask(token);
    assert.equal(response.status, 401, reason);
    assert.ok(!(await response.text()).includes(reason));
    assert.equal(depot.audits().at(-1)?.reason, reason);
  }
  assert.ok(!JSON.stringify(depot.lines).includes(text.split('.')[2] ?? ''));
});
