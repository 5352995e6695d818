import assert from 'node:assert/strict';
import test from 'node:test';

import { until } from '#test/until';

import { corner } from './corner-shop.ts';
import { openDoor } from './open-door.ts';
import { rawSocket } from './raw-socket.ts';

const door = await openDoor();
const text = 'abcdefghijklmnopqrstuvwxyz';
const head = {
  mediaType: 'text/plain',
  etag: '"letters"',
  size: text.length,
  lastModified: '2026-01-02T03:04:05.000Z',
  cacheControl: 'public, max-age=60',
};

let produced = 0;
let isStopped = false;

async function* letters(size = 4): AsyncGenerator<Uint8Array> {
  produced = 0;
  isStopped = false;
  try {
    for (let at = 0; at < text.length; at += size) {
      produced += 1;
      yield Buffer.from(text.slice(at, at + size));
    }
  } finally {
    isStopped = true;
  }
}

const serve = (
  changes: object = {},
  bytes: () => AsyncIterable<Uint8Array> | undefined = letters,
) =>
  door.answer(corner.calls.showFile, async () => ({
    head: { ...head, ...changes },
    bytes: bytes(),
  }));

async function ask(headers: Record<string, string> = {}, method = 'GET') {
  const response = await door.fetch('/api/files/1', { method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test('a download answers its bytes, with what is known of them', async () => {
  serve();
  const { status, headers, text: body } = await ask();
  assert.equal(status, 200);
  assert.equal(body, text);
  assert.equal(headers.get('content-type'), 'text/plain');
  assert.equal(headers.get('content-length'), '26');
  assert.equal(headers.get('etag'), '"letters"');
  assert.equal(headers.get('cache-control'), 'public, max-age=60');
  assert.equal(headers.get('last-modified'), 'Fri, 02 Jan 2026 03:04:05 GMT');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});

test('HEAD answers the same without bytes, and none is made', async () => {
  serve();
  const { status, headers, text: body } = await ask({}, 'HEAD');
  assert.deepEqual([status, body, headers.get('content-length')], [200, '', '26']);
});

test('who has the bytes already is told so, and none is made', async () => {
  serve();
  produced = 0;
  for (const known of ['"letters"', 'W/"letters"', '"other", "letters"', '*']) {
    const { status, headers, text: body } = await ask({ 'if-none-match': known });
    assert.deepEqual([status, body, headers.get('etag')], [304, '', '"letters"'], known);
  }
  assert.equal(produced, 0);
  assert.equal((await ask({ 'if-none-match': '"other"' })).status, 200);

  serve({ unchanged: true }, () => undefined);
  assert.equal((await ask({ 'if-none-match': '"letters"' })).status, 304);
  assert.deepEqual(door.lastArrived().input, { known: '"letters"' });
});

const ranges: readonly [range: string, status: number, body: string, told: string | null][] = [
  ['bytes=0-3', 206, 'abcd', 'bytes 0-3/26'],
  ['bytes=3-9', 206, 'defghij', 'bytes 3-9/26'],
  ['bytes=20-', 206, 'uvwxyz', 'bytes 20-25/26'],
  ['bytes=20-999', 206, 'uvwxyz', 'bytes 20-25/26'],
  ['bytes=-2', 206, 'yz', 'bytes 24-25/26'],
  ['bytes=-99', 206, text, 'bytes 0-25/26'],
  ['bytes=26-', 416, '', 'bytes */26'],
  ['bytes=-0', 416, '', 'bytes */26'],
  ['bytes=9-3', 200, text, null],
  ['bytes=0-1,4-5', 200, text, null],
  ['lines=0-1', 200, text, null],
  ['bytes=-', 200, text, null],
];

for (const [range, status, body, told] of ranges) {
  test(`the range ${range} is answered with ${status}`, async () => {
    serve();
    const answer = await ask({ range });
    assert.deepEqual([answer.status, answer.text], [status, body]);
    assert.equal(answer.headers.get('content-range'), told);
  });
}

test('a range of bytes that have changed meanwhile gets the whole', async () => {
  serve();
  assert.equal((await ask({ range: 'bytes=0-3', 'if-range': '"letters"' })).status, 206);
  assert.equal((await ask({ range: 'bytes=0-3', 'if-range': '"older"' })).status, 200);
});

test('bytes behind the end of a range are not made', async () => {
  serve({}, () => letters(1));
  assert.equal((await ask({ range: 'bytes=0-1' })).text, 'ab');
  assert.equal(produced, 2);
  assert.ok(isStopped);
});

test('bytes that break off cut the connection, so that no part passes for the whole', async () => {
  serve({ size: undefined }, async function* broken() {
    yield Buffer.from('abc');
    throw new Error('the disk is gone');
  });
  await assert.rejects(ask());
});

test('a client that leaves stops the source', async () => {
  let stopped = false;
  serve({ size: undefined }, async function* endless() {
    try {
      for (;;) yield Buffer.alloc(64 * 1024);
    } finally {
      stopped = true;
    }
  });
  const raw = await rawSocket(door.port);
  raw.write('GET /api/files/1 HTTP/1.1\r\nhost: shop\r\n\r\n');
  await until(() => raw.received().length > 0);
  raw.socket.destroy();
  await until(() => stopped);
});

test('bytes that come too late to be sent are let go', async () => {
  const hasty = await openDoor({ answerWithinMs: 50 });
  const { promise: late, resolve: come } = Promise.withResolvers<void>();
  let isLetGo = false;
  const bytes: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: true, value: undefined }),
      return: async () => {
        isLetGo = true;
        return { done: true, value: undefined };
      },
    }),
  };
  hasty.answer(corner.calls.showFile, () => late.then(() => ({ head, bytes })));
  assert.equal((await hasty.fetch('/api/files/1')).status, 504);
  come();
  await until(() => isLetGo);
});

test('a refusal in place of bytes is answered as any other', async () => {
  door.answer(corner.calls.showFile, async () => {
    throw corner.errors.unknownThing();
  });
  const { status, text: body } = await ask();
  assert.equal(status, 404);
  assert.equal(JSON.parse(body).code, 'unknown_thing');
});
