import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { createLogger } from '#kernel/log';
import { openKeyFolder } from '#kernel/trust/key-folder';
import { seededRandom } from '#test/random';
import { openRawStream, type RawStream } from '#test/raw-stream';
import { type SomeHost, someHosts } from '#test/some-hosts';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { exchangeRaw, rawSocket, statusesIn } from '../edge/raw-socket.ts';
import { type BadServer, evil, openBadServer } from './bad-server.ts';
import { tokenOf } from './thief.ts';

// The shop of payments-apart, among hosts that have gone bad: one that it calls, and one that calls it.

const dataDir = temporaryFolder({ after });
const robbed = { host: 'payments', modules: ['payments'] };
const { own: key } = openKeyFolder(dataDir, robbed, createLogger('silent'));
const anyone = { kind: 'anyone' };
const trace = ['1'.repeat(32), '2'.repeat(16)];
const call = (id: number, timeoutMs = 2000) => [
  4,
  id,
  0,
  timeoutMs,
  anyone,
  'k',
  ...trace,
  0,
  {},
  0,
];

let badServer: BadServer;
let shop: SomeHost;
let port = 0;

before(async () => {
  badServer = await openBadServer(robbed, key);
  const hostOf = await someHosts({
    ...{ topology: 'deploy/topologies/payments-apart.json', dataDir },
    reachedAt: { payments: badServer.url },
  });
  shop = hostOf('shop');
  port = Number(new URL(shop.internal).port);
  await shop.process.start();
});

after(async () => {
  assert.equal(await shop.process.stop(), 0);
  badServer.server.closeAllConnections();
  badServer.server.close();
});

async function proven(): Promise<RawStream> {
  const stream = await openRawStream(port);
  const { nonce } = stream;
  const claims = { iss: 'payments', mods: ['payments'], aud: 'orders', nonce };
  stream.send([2, tokenOf(claims, key)]);
  return stream;
}

async function goesOn(): Promise<void> {
  assert.equal((await fetch(`${shop.internal}/health/live`)).status, 200);
  const bug = /.*a message broke us.*/.exec(shop.process.output())?.[0];
  assert.equal(bug, undefined);
}

test('a server that is none hurts nobody who calls it', async (t) => {
  const enough = () => badServer.answered.size === badServer.answers.length;
  await until(enough, { what: 'the shop to have heard every evil', timeoutMs: 90_000 });
  t.diagnostic(`${badServer.answers.length} evil answers, on ${badServer.asked()} connections`);
  await goesOn();
});

test('a proven host that sends noise for messages loses connections, and nobody else notices', async (t) => {
  const random = seededRandom(7);
  const values = [
    ...[null, true, 0, 1, -1, 1e308, 'x', '', [], {}, evil, '__proto__', 'orders', 'getOrder'],
    ...[anyone, { kind: 'user', id: 'x', roles: [evil] }, { kind: 'system', id: 'x' }, ...trace],
  ];
  const any = () => values[Math.floor(random() * values.length)];
  const some = () => Array.from({ length: Math.floor(random() * 12) }, any);
  let lost = 0;
  for (let nth = 0; nth < 150; nth += 1) {
    const stream = await proven();
    stream.send([3, 0, 'payments', 'orders', ['getOrder', 'exportAccount'][nth % 2]]);
    if (nth % 2 === 0) stream.send(call(1));
    stream.send([Math.floor(random() * 20), ...some()]);
    stream.send([17]);
    await until(() => stream.isClosed() || stream.received().includes('[18]'));
    lost += stream.isClosed() ? 1 : 0;
    stream.socket.destroy();
  }
  t.diagnostic(`150 connections with noise, ${lost} of them lost`);
  assert.ok(lost > 0);
  await goesOn();
});

test('who asks without end is refused what is too much, and is told of in a few short lines', async (t) => {
  const from = shop.process.output().length;
  const stream = await proven();
  const long = 'x'.repeat(10_000);
  stream.send([3, 0, long, 'orders', 'getOrder']);
  for (let id = 1; id <= 200; id += 1) stream.send(call(id));
  const asks = Array.from({ length: 3000 }, (_, nth) => [
    5,
    300 + nth,
    'history',
    { source: 'users' },
  ]);
  stream.send(...asks);
  const answers = () => count(stream, '[7,') + count(stream, '[8,');
  await until(() => answers() === 3200, { timeoutMs: 20_000, what: 'all answers' });
  const tooMany = count(stream, 'too much is being asked');
  const lines = shop.process.output().slice(from).split('\n');
  const told = lines.filter((line) => line.includes('caller_not_proven'));
  t.diagnostic(`200 calls in a false name: ${told.length} lines, the longest of ${longest(told)}`);
  t.diagnostic(`3000 asks at once: ${tooMany} were too many`);
  assert.ok(tooMany >= 1900, `${tooMany} of 3000`);
  assert.ok(told.length >= 1 && told.length <= 5 && longest(told) < 500);
  stream.socket.destroy();
  await goesOn();
});

test('a flood of connections that prove nothing is gone in seconds, and who is proven goes on', async (t) => {
  const good = await proven();
  good.send([3, 0, 'payments', 'orders', 'getOrder']);
  const flood = await Promise.all(Array.from({ length: 1200 }, () => rawSocket(port)));
  for (const { write } of flood) write(upgrade());
  const startedAt = performance.now();
  const held = () => flood.filter(({ socket }) => !socket.destroyed).length;
  await until(() => held() <= 1000, { what: 'those beyond the limit to be turned away' });
  const most = held();
  const askedAt = performance.now();
  good.send(call(1));
  await until(() => /\[8,1,/.test(good.received()), { everyMs: 1 });
  const answeredMs = performance.now() - askedAt;
  await until(() => flood.every(({ socket }) => socket.destroyed), { timeoutMs: 15_000 });
  t.diagnostic(`1200 came, ${most} were held, none after ${elapsed(startedAt)} ms`);
  t.diagnostic(`a proven host was answered in ${answeredMs.toFixed(1)} ms meanwhile`);
  assert.ok(!good.isClosed());
  good.socket.destroy();
  await goesOn();
});

test('who keeps a connection busy without a proof loses it, however it is done', async (t) => {
  const startedAt = performance.now();
  const ways = {
    'pings and nothing else': await openRawStream(port),
    'a frame that comes byte by byte': await openRawStream(port),
    'an upgrade that comes byte by byte': await rawSocket(port),
  };
  const [pinging, dribbling, slow] = Object.values(ways) as [RawStream, RawStream, RawStream];
  const head = upgrade();
  let sent = 0;
  const busy = setInterval(() => {
    if (pinging.socket.writable) pinging.send([17]);
    const byte = sent === 0 ? Buffer.of(0, 0, 31, 0, 1) : Buffer.of(32);
    if (dribbling.socket.writable) dribbling.socket.write(byte);
    if (slow.socket.writable) slow.socket.write(head[sent] ?? '');
    sent += 1;
  }, 150);
  t.after(() => clearInterval(busy));
  for (const [what, { socket }] of Object.entries(ways)) {
    await until(() => socket.destroyed, { what, timeoutMs: 20_000 });
    t.diagnostic(`${what}: ended within ${elapsed(startedAt)} ms`);
  }
  await goesOn();
});

test('a header that carries more than a token brings nothing in', async (t) => {
  const claims = { iss: 'payments', mods: ['payments'], aud: 'orders' };
  const good = tokenOf(claims, key);
  const headers: readonly (readonly [string, string, readonly number[]])[] = [
    ['the token twice', `x-service-token: ${good}\r\nx-service-token: ${good}`, [401]],
    ['a second header behind a bare line feed', `x-service-token: ${good}\nx-caller: users`, [400]],
    ['a folded line', `x-service-token: ${good}\r\n x`, [400, 401]],
    ['a zero byte', `x-service-token: ${good}\0`, [400]],
    ['bytes that are no text', `x-service-token: ${good}\xff\xfe`, [401]],
    ['a token of 20 kB', `x-service-token: ${good}${'a'.repeat(20_000)}`, [431]],
    ['a request inside', `x-service-token: ${good}\r\n\r\nGET /metrics HTTP/1.1`, [400, 401, 403]],
    ['two lengths', `x-service-token: ${good}\r\nContent-Length: 2`, [400]],
    ['a length and chunks', `x-service-token: ${good}\r\nTransfer-Encoding: chunked`, [400]],
    ['itself alone, undeclared', `x-service-token: ${good}`, [403]],
  ];
  for (const [what, lines, expected] of headers) {
    const request = `POST /internal/calls/orders/getOrder HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\nx-caller: payments\r\nx-timeout-ms: 1000\r\nx-actor: {"kind":"anyone"}\r\ntraceparent: 00-${trace.join('-')}-01\r\n${lines}\r\n\r\n`;
    const [status = 0] = statusesIn(await exchangeRaw(port, request));
    t.diagnostic(`${what}: ${status}`);
    assert.ok(expected.includes(status), `${what}: ${status}`);
  }
  await goesOn();
});

function upgrade(): string {
  return `GET /internal/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: seamline-stream/1\r\nx-seamline-nonce: ${'n'.repeat(43)}\r\n\r\n`;
}

function count({ received }: RawStream, text: string): number {
  return received().split(text).length - 1;
}

function longest(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => line.length));
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
