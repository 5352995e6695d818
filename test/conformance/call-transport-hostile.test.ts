import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test, { type TestContext } from 'node:test';

import { someContext } from '#test/call-context';
import { openDeskStore } from '#test/call-desk';
import { type HttpScene, openHttpScene } from '#test/call-scenes';
import { freshPlace } from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import { openRawStream, type RawStream } from '#test/raw-stream';
import { staticTrust } from '#test/static-trust';
import { until } from '#test/until';

import { exchangeRaw, rawSocket, statusesIn } from '../edge/raw-socket.ts';

const store = await openDeskStore(await freshPlace({ name: 'sqlite' }, fileEnd));
fileEnd.after(() => store.close());

const shop = staticTrust({ host: 'shop', modules: ['shop'] });
const limits = { connectMs: 300, beatMs: 100, renewalMs: 100 };
const anyone = { kind: 'anyone' };
const trace = ['a'.repeat(32), 'b'.repeat(16)];
const echoRoute = [3, 0, 'shop', 'desk', 'echo'];
const call = (id: unknown, actor: unknown = anyone, timeoutMs: unknown = 5000) =>
  [4, id, 0, timeoutMs, actor, 'key', ...trace, 1, { value: 1 }, 0] as const;

test('whoever does not open a stream properly is turned away', async (t) => {
  const { port } = (await openScene(t)).provider;
  const open = (path: string, ...headers: string[]) =>
    `GET ${path} HTTP/1.1\r\nHost: desk\r\nConnection: Upgrade\r\n${headers.join('\r\n')}\r\n\r\n`;
  const nonce = `x-seamline-nonce: ${'n'.repeat(43)}`;
  const cases: readonly [string, number][] = [
    [open('/internal/stream', 'Upgrade: websocket', nonce), 400],
    [open('/internal/stream', 'Upgrade: seamline-stream/1'), 400],
    [open('/internal/stream', 'Upgrade: seamline-stream/1', 'x-seamline-nonce: short'), 400],
    [open('/internal/other', 'Upgrade: seamline-stream/1', nonce), 404],
  ];
  for (const [request, status] of cases) {
    assert.deepEqual(statusesIn(await exchangeRaw(port, request)), [status]);
  }
});

test('who is turned away and does not close is cut off', async (t) => {
  const { port } = (await openScene(t)).provider;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  let isClosed = false;
  socket
    .on('error', () => undefined)
    .on('close', () => {
      isClosed = true;
    });
  socket.write('GET /internal/stream HTTP/1.1\r\nHost: desk\r\nConnection: Upgrade\r\n');
  socket.write('Upgrade: websocket\r\n\r\n');
  await once(socket.resume(), 'end');
  await until(() => {
    socket.write('more');
    return isClosed;
  });
});

const unproven: readonly [string, (stream: RawStream) => void][] = [
  ['asks before it has proven itself', ({ send }) => send(echoRoute, call(1))],
  ['says nothing at all', () => undefined],
  ['sends noise', ({ socket }) => void socket.write(Buffer.alloc(5000, 0xfe))],
  ['announces a long frame', ({ sendFrame }) => sendFrame(1, Buffer.alloc(10), 20_000)],
  ['sends what is no JSON', ({ sendFrame }) => sendFrame(1, Buffer.from('{"nothing'))],
  ['sends what are no messages', ({ sendFrame }) => sendFrame(1, Buffer.from('{"a":1}'))],
  ['sends a token that is none', ({ send }) => send([2, 'x.y'])],
  [
    'sends a token that is not for this connection',
    ({ send }) => send([2, shop.prove('desk').text]),
  ],
  ['sends the token of another connection', replay],
];

for (const [what, misbehave] of unproven) {
  test(`who ${what} is cut off, and nobody else notices`, async (t) => {
    const scene = await openScene(t);
    const stream = await openRawStream(scene.provider.port);
    misbehave(stream);
    await until(stream.isClosed, { timeoutMs: 3000 });
    await goesOn(scene);
  });
}

const proven: readonly [string, (stream: RawStream) => void][] = [
  ['calls what it has not named', ({ send }) => send(call(1))],
  ['names calls out of turn', ({ send }) => send([3, 7, 'shop', 'desk', 'echo'])],
  ['calls for nobody', ({ send }) => send(echoRoute, call(1, { kind: 'king' }))],
  ['calls without a time', ({ send }) => send(echoRoute, call(1, anyone, 'soon'))],
  ['calls under a number that is none', ({ send }) => send(echoRoute, call('one'))],
  ['says what nobody understands', ({ send }) => send([99, 1])],
  ['announces a frame without end', ({ sendFrame }) => sendFrame(1, Buffer.alloc(1), 2 ** 31)],
  ['sends frames of a kind that is none', ({ sendFrame }) => sendFrame(7, Buffer.alloc(9))],
  ['sends bytes without credit', flood],
];

for (const [what, misbehave] of proven) {
  test(`a proven host that ${what} is cut off, and nobody else notices`, async (t) => {
    const scene = await openScene(t);
    const stream = await openRawStream(scene.provider.port, shop);
    misbehave(stream);
    await until(stream.isClosed, { timeoutMs: 3000 });
    await goesOn(scene);
  });
}

test('a proof that is not renewed ends, and the connection with it', async (t) => {
  const scene = await openScene(t);
  const mortal = staticTrust({ host: 'shop', modules: ['shop'], lifeMs: 200 });
  const stream = await openRawStream(scene.provider.port, mortal);
  const pings = setInterval(() => stream.send([17]), 20);
  t.after(() => clearInterval(pings));
  stream.send(echoRoute, call(1));
  await until(() => stream.received().includes('[7,1,{"value":1}]'));
  await until(stream.isClosed, { timeoutMs: 3000 });
  await goesOn(scene);
});

test('what a peer calls __proto__ reaches no handler', async (t) => {
  const scene = await openScene(t);
  const stream = await openRawStream(scene.provider.port, shop);
  const ask = (id: number, key: string) =>
    `[${JSON.stringify(echoRoute.with(1, id - 1))},[4,${id},${id - 1},5000,{"kind":"anyone"},"key","${trace.join('","')}",1,{"value":{"${key}":{"polluted":1},"kept":1}},0]]`;
  stream.sendFrame(1, Buffer.from(ask(1, '__proto__')));
  stream.sendFrame(1, Buffer.from(ask(2, '\\u005f_proto__')));
  for (const id of [1, 2]) {
    await until(() => stream.received().includes(`[7,${id},{"value":{"kept":1}}]`));
  }
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test('messages that come byte by byte, or many in one piece, are understood all the same', async (t) => {
  const scene = await openScene(t);
  const stream = await openRawStream(scene.provider.port, shop);
  const frame = (...messages: readonly unknown[]) => {
    const body = Buffer.from(JSON.stringify(messages));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length);
    head[4] = 1;
    return Buffer.concat([head, body]);
  };
  stream.socket.setNoDelay(true);
  for (const byte of frame(echoRoute, call(1))) stream.socket.write(Buffer.of(byte));
  const many = Array.from({ length: 500 }, (_, nth) => frame(call(nth + 2)));
  stream.socket.write(Buffer.concat(many));
  await until(() => [1, 2, 250, 501].every((id) => stream.received().includes(`[7,${id},`)));
});

test('requests that are none are turned away', async (t) => {
  const { port } = (await openScene(t)).provider;
  const token = shop.prove('desk').text;
  const post = (path: string, headers: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: desk\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${headers}\r\n\r\n${body}`;
  const good = [
    `x-service-token: ${token}`,
    'x-caller: shop',
    'x-timeout-ms: 1000',
    'x-actor: {"kind":"anyone"}',
    `traceparent: 00-${trace[0]}-${trace[1]}-01`,
  ];
  const echo = '/internal/calls/desk/echo';
  const without = (name: string) => good.filter((one) => !one.startsWith(name)).join('\r\n');
  const cases: readonly [string, number][] = [
    [post('/internal/secrets', good.join('\r\n'), '{}'), 404],
    [post(echo, good.join('\r\n'), '{"nothing'), 400],
    [post(echo, without('x-actor'), '{}'), 400],
    [post(echo, without('x-timeout'), '{}'), 400],
    [post(echo, without('traceparent'), '{}'), 400],
    [post(echo, without('x-caller'), '{}'), 403],
    [post('/internal/calls/desk/nothing', good.join('\r\n'), '{}'), 500],
    [post(echo, good.join('\r\n'), '{"value":1}'), 200],
  ];
  for (const [request, status] of cases) {
    assert.deepEqual(statusesIn(await exchangeRaw(port, request)), [status], request);
  }
});

test('a body without end is not read to its end', async (t) => {
  const { port } = (await openScene(t)).provider;
  const raw = await rawSocket(port);
  raw.write(
    `POST /internal/calls/desk/echo HTTP/1.1\r\nHost: desk\r\nTransfer-Encoding: chunked\r\nx-service-token: ${shop.prove('desk').text}\r\nx-caller: shop\r\nx-timeout-ms: 1000\r\nx-actor: {"kind":"anyone"}\r\ntraceparent: 00-${trace[0]}-${trace[1]}-01\r\n\r\n`,
  );
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  for (let sent = 0; sent < 8; sent += 1) raw.write(chunk);
  await until(() => statusesIn(raw.received())[0] === 413);
});

async function openScene(t: TestContext): Promise<HttpScene> {
  const scene = await openHttpScene(store, 'stream', {}, { limits });
  t.after(() => scene.close());
  await echo(scene);
  return scene;
}

/** The shop's own connection is the one that it had before. */
async function goesOn(scene: HttpScene): Promise<void> {
  const connections = new Set(scene.consumer.trust.proven.map(({ nonce }) => nonce));
  assert.equal(connections.size, 1);
  await echo(scene);
}

async function echo({ transport }: HttpScene): Promise<void> {
  await transport.connect('shop', 'desk', 'echo')(someContext(), { value: 1 });
}

function replay({ socket, nonce, send }: RawStream): void {
  const other = `${nonce.slice(0, -1)}${nonce.endsWith('A') ? 'B' : 'A'}`;
  assert.ok(socket.writable);
  send([2, shop.prove('desk', other).text]);
}

function flood({ send, sendFrame }: RawStream): void {
  const name = `flood ${Math.random()}`;
  send([3, 0, 'shop', 'desk', 'keep']);
  send([4, 1, 0, 5000, anyone, name, ...trace, 1, { name, pauseAfter: 1 }, 1]);
  for (let sent = 0; sent < 200; sent += 1) sendFrame(2, Buffer.from([0, 0, 0, 1, 7]));
}
