import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test, { after } from 'node:test';

import { HttpListener } from '#kernel/http/listener';
import { StartError } from '#kernel/start-error';
import { freePort } from '#test/free-port';
import { until } from '#test/until';

import { corner, thing } from './corner-shop.ts';
import { openDoor } from './open-door.ts';
import { exchangeRaw, rawSocket, statusesIn } from './raw-socket.ts';

const path = `/api/things/${thing.thingId}`;
const good = `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n`;
const post = 'POST /api/free-things HTTP/1.1\r\nHost: shop.example\r\n';
const json = 'Content-Type: application/json\r\n';

const door = await openDoor();
const impatient = await openDoor({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } });

test('what two parsers could read differently is refused, closed, and no second request is seen', async () => {
  const hidden = `GET ${path}?limit=99 HTTP/1.1\r\nHost: shop.example\r\n\r\n`;
  const smuggling: Readonly<Record<string, string>> = {
    'length and chunks': `${post}${json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    'two lengths': `${post}${json}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${hidden}`,
    'a length that is a list': `${post}${json}Content-Length: 2, 40\r\n\r\n{}${hidden}`,
    'a signed length': `${post}${json}Content-Length: +2\r\n\r\n{}${hidden}`,
    'chunked in disguise': `${post}${json}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    'chunked is not last': `${post}${json}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    'a bare line feed': `GET ${path} HTTP/1.1\nHost: shop.example\n\n${hidden}`,
    'a folded header': `${good}X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n${hidden}`,
    'a space before the colon': `${post}Content-Length : 40\r\n\r\n${hidden}`,
    'NUL in a header': `${good}X-A: a\0b\r\n\r\n${hidden}`,
    'a chunk size that is none': `${post}${json}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${hidden}`,
  };
  for (const [name, bytes] of Object.entries(smuggling)) {
    const before = door.arrived.length;
    const received = await exchangeRaw(door.port, bytes);
    assert.deepEqual(statusesIn(received), [400], name);
    assert.match(received, /"code":"malformed_request"/, name);
    assert.equal(door.arrived.length, before, name);
  }
});

test('headers larger than any honest ones are refused', async () => {
  const received = await exchangeRaw(door.port, `${good}X-A: ${'a'.repeat(20_000)}\r\n\r\n`);
  assert.deepEqual(statusesIn(received), [431]);
  assert.match(received, /"code":"headers_too_large"/);
});

test('headers that never end are cut off', async () => {
  const slow = await rawSocket(impatient.port);
  slow.write(good);
  assert.deepEqual(statusesIn(await slow.closed), [408]);
});

test('a body that never ends is cut off, whether by length or in chunks', async () => {
  for (const head of [
    'Content-Length: 100\r\n\r\n{"a":',
    'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
  ]) {
    const slow = await rawSocket(impatient.port);
    slow.write(post + json + head);
    assert.deepEqual(statusesIn(await slow.closed), [408]);
  }
  assert.equal(impatient.arrived.length, 0);
});

test('a body in chunks without an end is refused once it is too large, and the connection closed', async () => {
  const flood = await rawSocket(door.port);
  flood.write(`${post}${json}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
  let sent = 0;
  const pour = () => {
    while (!flood.socket.destroyed && sent++ < 1_000) if (!flood.socket.write(chunk)) return;
  };
  flood.socket.on('drain', pour);
  pour();
  const received = await flood.closed;
  // The reset that ends it may overtake the answer; that it ends early is what counts.
  assert.ok(received === '' || statusesIn(received)[0] === 413);
  assert.ok(sent < 1_000);
});

test('who is refused in the middle of sending gets to read why, however late they look', async () => {
  const refused = {
    413: `${post}${json}Content-Length: 200000000\r\n\r\n`,
    400: `${post}${json}Transfer-Encoding: chunked\r\n\r\nno size\r\n`,
  };
  for (const [status, head] of Object.entries(refused)) {
    const busy = await rawSocket(door.port);
    busy.socket.pause();
    busy.write(head);
    // More than lies in the buffers of a connection: the other side has to take it.
    const sent = new Promise((resolve) => busy.socket.write('x'.repeat(8_000_000), resolve));
    assert.equal(await sent, null, status);
    busy.socket.resume();
    assert.deepEqual(statusesIn(await busy.closed), [Number(status)]);
  }
});

test('whoever asks and does not read is cut off', async () => {
  const impatientWriter = await openDoor({ limits: { stalledTimeoutMs: 100 } });
  const name = 'x'.repeat(64 * 1024 * 1024);
  impatientWriter.answer(corner.calls.getThing, () => ({ ...thing, name }));
  const deaf = await rawSocket(impatientWriter.port);
  deaf.socket.pause();
  deaf.write(`${good}\r\n`);
  // The line is written when the connection has ended, however much of the answer is left.
  await until(() => impatientWriter.logged.some(({ msg }) => msg === 'answered'));
  deaf.socket.resume();
  assert.ok((await deaf.closed).length < name.length);
});

test('requests that come at once on a connection are served one after the other', async () => {
  const busy = await openDoor();
  let [running, most] = [0, 0];
  busy.answer(corner.calls.getThing, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return thing;
  });
  const last = `${good}Connection: close\r\n\r\n`;
  const received = await exchangeRaw(busy.port, `${good}\r\n`.repeat(9) + last);
  assert.deepEqual(
    statusesIn(received),
    Array.from({ length: 10 }, () => 200),
  );
  assert.deepEqual([busy.arrived.length, most], [10, 1]);
});

test('where too much is unread, the largest answers that nobody reads are cut off', async () => {
  const full = await openDoor({ limits: { unreadBytes: 48 * 2 ** 20, unreadMs: 100 } });
  const name = 'x'.repeat(32 * 2 ** 20);
  full.answer(corner.calls.getThing, () => ({ ...thing, name }));
  const deaf = await Promise.all([1, 2, 3].map(() => rawSocket(full.port)));
  for (const one of deaf) {
    one.socket.pause();
    one.write(`${good}Connection: close\r\n\r\n`);
  }
  // The line is written when the connection has ended.
  const cut = () => full.logged.filter(({ msg }) => msg === 'answered').length;
  await until(() => cut() === 2, { what: 'two of three to be cut off' });
  for (const one of deaf) one.socket.resume();
  const lengths = (await Promise.all(deaf.map(({ closed }) => closed))).map(({ length }) => length);
  assert.equal(lengths.filter((length) => length > name.length).length, 1);
});

test('what Node would answer in its own words is answered as a problem', async () => {
  const close = 'Connection: close\r\n';
  const odd: Readonly<Record<string, string>> = {
    malformed_request: `GET ${path} HTTP/1.1\r\n\r\n`,
    method_not_allowed: 'CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n',
  };
  for (const [code, bytes] of Object.entries(odd)) {
    const received = await exchangeRaw(door.port, bytes);
    assert.ok(received.includes('application/problem+json'), code);
    assert.ok(received.includes(`"code":"${code}"`), received);
  }
  const twice = await exchangeRaw(door.port, `${good}Host: other.example\r\n\r\n`);
  assert.deepEqual(statusesIn(twice), [400]);
  const packed = `${post}${json}Transfer-Encoding: gzip, chunked\r\n${close}\r\n2\r\n{}\r\n0\r\n\r\n`;
  assert.deepEqual(statusesIn(await exchangeRaw(door.port, packed)), [415]);
  const received = await exchangeRaw(door.port, `${good}Expect: the-best\r\n${close}\r\n`);
  assert.deepEqual(statusesIn(received), [200]);
});

test('an idle connection is closed', async () => {
  const patient = await openDoor({ limits: { keepAliveTimeoutMs: 100 } });
  const idle = await rawSocket(patient.port);
  idle.write(`${good}\r\n`);
  assert.deepEqual(statusesIn(await idle.closed), [200]);
});

test('one address may hold so many connections, and no more; others are served', async () => {
  const narrow = await openDoor({ limits: { connectionsPerAddress: 3 } });
  const held = await Promise.all([1, 2, 3].map(() => rawSocket(narrow.port)));
  assert.equal(await exchangeRaw(narrow.port, `${good}\r\n`), '');
  held[0]?.socket.destroy();
  const served = await until(async () => {
    const received = await exchangeRaw(narrow.port, `${good}Connection: close\r\n\r\n`);
    return statusesIn(received)[0];
  });
  assert.equal(served, 200);
});

test('a port that is taken is told with its name and with what to do', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  after(() => holder.close());
  const port = await until(() => (holder.address() as { port: number } | null)?.port);
  await assert.rejects(openDoor({ settings: { PORT: port } }), (error) => {
    assert.ok(error instanceof StartError);
    assert.match(
      error.message,
      new RegExp(`^PORT ${port} is in use on 127.0.0.1: .*PORT=${port + 1}`),
    );
    return true;
  });
});

test('an address of another machine is told as such', async () => {
  const port = await freePort();
  const settings = { port: 'INTERNAL_PORT', bind: 'INTERNAL_BIND' };
  const listener = new HttpListener({ settings, port, bind: '192.0.2.1' });
  await assert.rejects(
    listener.listen(() => undefined),
    /INTERNAL_BIND="192.0.2.1" is no address of this machine/,
  );
});

test('draining under load fails nobody: running requests end, and connections are told to close', async () => {
  const leaving = await openDoor();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  leaving.answer(corner.calls.getThing, () => released.then(() => thing));
  const running = Array.from({ length: 20 }, () => leaving.fetch(path));
  await until(() => leaving.arrived.length === 20);
  const drained = leaving.gateway.drain({ lingerMs: 200, deadlineMs: 5_000 });
  const meanwhile = await leaving.fetch('/health');
  assert.equal(meanwhile.status, 503);
  assert.equal(meanwhile.headers.get('connection'), 'close');
  release();
  for (const response of await Promise.all(running)) {
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), thing);
  }
  await drained;
  await assert.rejects(leaving.fetch('/health'), TypeError);
});

test('a door that is ending still answers who has not seen it, even if nobody was there', async () => {
  const leaving = await openDoor({ settings: { DRAIN_DELAY_MS: 2_000 } });
  const drained = leaving.gateway.drain();
  assert.equal((await leaving.fetch('/health')).status, 503);
  assert.equal((await leaving.fetch(path)).status, 200);
  await drained;
  await assert.rejects(leaving.fetch('/health'), TypeError);
});

test('a request that hangs is cut off when the drain is over', async () => {
  const leaving = await openDoor();
  leaving.answer(corner.calls.getThing, () => new Promise(() => undefined));
  const hanging = leaving.fetch(path).catch(() => 'cut off');
  await until(() => leaving.arrived.length === 1);
  await leaving.gateway.drain({ lingerMs: 0, deadlineMs: 50 });
  assert.equal(await hanging, 'cut off');
});
