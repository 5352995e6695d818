import assert from 'node:assert/strict';
import test from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { until } from '#test/until';

import { corner, kiosk } from './corner-shop.ts';
import { customerId, openDoor, problemIn } from './open-door.ts';

const door = await openDoor();

async function* items(...kinds: readonly string[]) {
  for (const kind of kinds) yield { kind };
}

async function ask() {
  return door.fetch('/api/mine', { headers: await door.keys.bearer() });
}

test('each module gives its part of one answer', async () => {
  door.answer(corner.calls.exportMine, () => items('mug', 'plate'));
  door.answer(kiosk.calls.exportMine, () => items());
  const response = await ask();
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    corner: [{ kind: 'mug' }, { kind: 'plate' }],
    kiosk: [],
  });
  const inputs = door.arrived.slice(-2).map(({ input }) => input);
  assert.deepEqual(inputs, [{ userId: customerId }, { userId: customerId }]);
});

test('a part that refuses before anything was sent refuses the whole', async () => {
  door.answer(corner.calls.exportMine, async function* refusing() {
    yield* items();
    throw corner.errors.resting({ retryAfter: 7 });
  });
  const response = await ask();
  assert.equal(response.status, 503);
  assert.equal((await problemIn(response)).code, 'resting');
});

test('a part that is away refuses the whole, however much of the others has come', async () => {
  let left = 0;
  door.answer(corner.calls.exportMine, async function* leaving() {
    try {
      yield { kind: 'mug' };
      yield { kind: 'plate' };
    } finally {
      left += 1;
    }
  });
  door.answer(kiosk.calls.exportMine, async function* away() {
    yield* items();
    throw callFailures.providerUnavailable({ call: 'kiosk.exportMine', why: 'it is down' });
  });
  const response = await ask();
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '1');
  const problem = await problemIn(response);
  assert.equal(problem.code, 'provider_unavailable');
  // Where it runs is for the log.
  assert.equal(JSON.stringify(problem).includes('it is down'), false);
  assert.ok(door.logged.some(({ why }) => why === 'it is down'));
  await until(() => left === 1, { what: 'the other part to be left' });
});

test('parts that are late are answered for once, and in time', async () => {
  const hasty = await openDoor({ answerWithinMs: 50 });
  const { promise, resolve } = Promise.withResolvers<void>();
  hasty.answer(corner.calls.exportMine, () => items('mug'));
  hasty.answer(kiosk.calls.exportMine, async function* late() {
    await promise;
    yield { kind: 'paper' };
  });
  const response = await hasty.fetch('/api/mine', { headers: await hasty.keys.bearer() });
  assert.equal(response.status, 504);
  assert.equal((await problemIn(response)).code, 'deadline_passed');
  resolve();
});

test('a part that fails later cuts the answer off, so that nobody takes it for whole', async () => {
  door.answer(corner.calls.exportMine, () => items('mug'));
  door.answer(kiosk.calls.exportMine, async function* failing() {
    yield { kind: 'paper' };
    throw new Error('gone');
  });
  await assert.rejects(async () => (await ask()).text());
});

test('whoever has not signed in gets nothing', async () => {
  assert.equal((await door.fetch('/api/mine')).status, 401);
});
