import assert from 'node:assert/strict';
import test from 'node:test';

import { users } from '#contracts/users';
import { callFailures } from '#kernel/calls/call-failures';
import type { CallContext } from '#kernel/ports/call-context';
import { until } from '#test/until';

import { corner, thing } from './corner-shop.ts';
import { openDoor, problemIn } from './open-door.ts';
import { rawSocket } from './raw-socket.ts';

const { calls, errors } = corner;
const path = `/api/things/${thing.thingId}/states`;
const door = await openDoor({ heartbeatMs: 20 });

type Watch = { send(item: object): void; end(): void; fail(error: Error): void };

/** Lets a test say, item by item, what the watched thing tells. */
function watched(opened = door): { watch: Promise<Watch>; contexts: CallContext[] } {
  const { promise, resolve } = Promise.withResolvers<Watch>();
  const contexts: CallContext[] = [];
  opened.answer(calls.watchThing, async function* items(_input: never, ctx: CallContext) {
    contexts.push(ctx);
    let turn = Promise.withResolvers<object | undefined>();
    ctx.signal.addEventListener('abort', () => turn.resolve(undefined));
    resolve({
      send: (item) => turn.resolve(item),
      end: () => turn.resolve(undefined),
      fail: (error) => turn.reject(error),
    });
    for (;;) {
      const item = await turn.promise;
      turn = Promise.withResolvers();
      if (item === undefined) return;
      yield item;
    }
  });
  return { watch: promise, contexts };
}

/** Opens the stream and collects what comes. */
async function listen(opened = door, headers: Record<string, string> = {}) {
  const client = new AbortController();
  const response = await opened.fetch(path, {
    headers: { ...(await opened.keys.bearer()), ...headers },
    signal: client.signal,
  });
  let text = '';
  const over = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk);
    return 'ended';
  })().catch(() => 'cut off');
  return { response, text: () => text, over, leave: () => client.abort() };
}

test('who asks for the head of a stream gets it at once', async () => {
  const head = await openDoor();
  watched(head);
  for (let nth = 0; nth < 12; nth += 1) {
    const asked = { method: 'HEAD', headers: await head.keys.bearer() };
    const response = await head.fetch(path, asked);
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  }
});

test('items come one by one as they happen, named so that a client can resume', async () => {
  const { watch } = watched();
  const listening = listen(door, { 'last-event-id': '4' });
  const thingWatch = await watch;
  assert.deepEqual(door.arrived.at(-1)?.input, { thingId: thing.thingId, after: 4 });
  thingWatch.send({ id: 5, state: 'packed' });
  const { response, text, over } = await listening;
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(response.headers.get('x-accel-buffering'), 'no');
  await until(() => text().includes('packed'));
  assert.match(text(), /id: 5\nevent: packed\ndata: \{"id":5,"state":"packed"\}\n\n/);
  thingWatch.send({ id: 6, state: 'sent\nid: 999' });
  await until(() => text().includes('id: 6'));
  assert.match(text(), /id: 6\nevent: sent id: 999\ndata: \{"id":6,/);
  thingWatch.end();
  await over;
  assert.match(text(), /event: end\ndata: \{\}\n\n$/);
});

test('a quiet stream shows that it lives', async () => {
  const { watch } = watched();
  const { text, over } = await listen();
  await until(() => text().includes(': still here\n\n: still here\n\n'));
  (await watch).end();
  await over;
});

test('a refusal before the first item is answered as any other', async () => {
  const { watch } = watched();
  watch.then(({ fail }) => fail(errors.unknownThing()));
  const response = await door.fetch(path, { headers: await door.keys.bearer() });
  assert.equal(response.status, 404);
  assert.equal((await problemIn(response)).code, 'unknown_thing');
  assert.equal((await door.fetch(path)).status, 401);
});

test('what goes wrong later is told as an event, without a word of a bug', async () => {
  const { watch } = watched();
  const listening = listen();
  (await watch).send({ id: 1, state: 'new' });
  const { text, over } = await listening;
  await until(() => text().includes('new'));
  (await watch).fail(new Error('secret plan'));
  await over;
  assert.match(text(), /event: error\ndata: \{.*"code":"internal_error".*\}\n\n$/);
  assert.doesNotMatch(text(), /secret plan|event: end/);
});

test('a stream whose provider went away ends without a word, and says when to come back', async () => {
  for (const gone of [
    callFailures.providerUnavailable({ call: 'corner.watchThing', why: 'it was killed' }),
    callFailures.deadlinePassed({ call: 'corner.watchThing' }),
    callFailures.streamCut({ call: 'corner.watchThing' }),
  ]) {
    const { watch } = watched();
    const listening = listen();
    (await watch).send({ id: 1, state: 'new' });
    const { text, over } = await listening;
    await until(() => text().includes('new'));
    (await watch).fail(gone);
    assert.equal(await over, 'ended');
    assert.match(text(), /^retry: [12]\d{3}\n\n/);
    assert.match(text(), /retry: [12]\d{3}\n\n$/);
    assert.doesNotMatch(text(), /event: e/);
  }
});

test('a browser is told to come back by a stream, and anybody else by a status', async () => {
  const resting = errors.resting({ retryAfter: 7 });
  const { watch } = watched();
  watch.then(({ fail }) => fail(resting));
  const refused = await door.fetch(path, { headers: await door.keys.bearer() });
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '7']);

  const again = watched();
  again.watch.then(({ fail }) => fail(resting));
  const { response, text, over } = await listen(door, { accept: 'text/event-stream' });
  assert.equal(response.status, 200);
  await over;
  assert.match(text(), /^retry: [12]\d{3}\n\nretry: 7000\n\n$/);

  const unknown = watched();
  unknown.watch.then(({ fail }) => fail(errors.unknownThing()));
  assert.equal((await listen(door, { accept: 'text/event-stream' })).response.status, 404);
});

test('a client that goes away ends the work behind its stream', async () => {
  const { watch, contexts } = watched();
  const raw = await rawSocket(door.port);
  const { authorization } = await door.keys.bearer();
  raw.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
  await watch;
  await until(() => raw.received().includes('200 OK'));
  raw.socket.destroy();
  await until(() => contexts[0]?.signal.aborted);
});

test('streams end when the process stops, without claiming that all was told', async () => {
  const leaving = await openDoor();
  const { watch } = watched(leaving);
  const listening = listen(leaving);
  (await watch).send({ id: 1, state: 'new' });
  const { text, over } = await listening;
  await until(() => text().includes('new'));
  await leaving.gateway.drain({ lingerMs: 0, deadlineMs: 5_000 });
  assert.equal(await over, 'ended');
  assert.doesNotMatch(text(), /event: end/);
});

test('a stream that is opened at a door that ends is one that ends, and asks to come back', async () => {
  const leaving = await openDoor({ settings: { DRAIN_DELAY_MS: 2_000 } });
  watched(leaving);
  const drained = leaving.gateway.drain();
  const { response, text, over } = await listen(leaving);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.equal(await over, 'ended');
  assert.match(text(), /^retry: \d+\n\n$/);
  await drained;
});

test('who leaves before their stream has begun keeps no place', async () => {
  const slow = await openDoor();
  watched(slow);
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  slow.answer(users.calls.getSigningKeys, () => told);
  const { authorization } = await slow.keys.bearer();
  for (let nth = 0; nth < 10; nth += 1) {
    const raw = await rawSocket(slow.port);
    raw.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
    raw.socket.end();
  }
  await until(() => slow.logged.filter(({ status }) => status === 499).length === 10);
  tell();
  assert.equal((await listen(slow)).response.status, 200);
});

test('one account may hold ten streams, and gets a place back when one ends', async () => {
  const { contexts } = watched();
  const held = await Promise.all(Array.from({ length: 10 }, () => listen()));
  const refused = await door.fetch(path, { headers: await door.keys.bearer() });
  assert.equal(refused.status, 429);
  assert.equal((await problemIn(refused)).code, 'too_many_streams');
  held[0]?.leave();
  await until(async () => (await listen()).response.status === 200);
  assert.equal(contexts.length, 11);
});
