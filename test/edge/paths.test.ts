import assert from 'node:assert/strict';
import test from 'node:test';

import { thing } from './corner-shop.ts';
import { openDoor, problemIn } from './open-door.ts';
import { exchangeRaw, statusesIn } from './raw-socket.ts';

let ready = true;
const door = await openDoor({ isReady: async () => ready });

/** Asks for a path exactly as written: `fetch` would tidy it up first. */
async function statusOf(target: string, headers = ''): Promise<number | undefined> {
  const head = `GET ${target} HTTP/1.1\r\nHost: shop.example\r\n${headers}Connection: close\r\n\r\n`;
  return statusesIn(await exchangeRaw(door.port, head))[0];
}

test('an unknown path is a 404 with a problem', async () => {
  const response = await door.fetch('/api/nothing');
  assert.equal(response.status, 404);
  assert.equal((await problemIn(response)).code, 'route_not_found');
});

test('a known path with another method is a 405 that names those it has', async () => {
  for (const [method, path, allow] of [
    ['DELETE', `/api/things/${thing.thingId}`, 'GET, PATCH, HEAD'],
    ['GET', '/api/things', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['OPTIONS', '/api/things', 'POST'],
    ['PURGE', '/', 'GET, HEAD'],
  ] as const) {
    const response = await door.fetch(path, { method });
    assert.equal(response.status, 405, path);
    assert.equal(response.headers.get('allow'), allow);
    assert.equal((await problemIn(response)).code, 'method_not_allowed');
  }
});

test('a method that a header asks for instead is not looked at', async () => {
  const response = await door.fetch('/api/things', {
    method: 'POST',
    headers: { 'x-http-method-override': 'PATCH', 'x-http-method': 'DELETE' },
  });
  assert.equal(response.status, 401);
});

test('nothing internal is to be found at the public door, however it is written', async () => {
  const paths = [
    ...['/metrics', '/operator/events', '/operator', '/internal', '/internal/calls'],
    ...['/health/live', '/health/ready', '/health/', '//health/ready', '/api/../metrics'],
    ...['/%6detrics', '/METRICS', '/metrics%2f', '/metrics;x=1', '/..;/metrics', '/./metrics'],
    ...['/api/things/..%2f..%2fmetrics', '/api\\..\\metrics', '/\\metrics', '/docs/../metrics'],
    ...['/docs/page.js/../../metrics', '/docs/..%2fcontract.ts', '/docs/%2e%2e/module.ts'],
    ...['http://127.0.0.1/metrics', 'http://internal/operator/events', '/metrics?x=/health'],
  ];
  for (const path of paths) {
    const status = await statusOf(path);
    assert.ok(status === 404 || status === 400, `${path} answered ${status}`);
  }
  for (const header of ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Path']) {
    assert.equal(await statusOf('/nothing', `${header}: /health\r\n`), 404);
  }
});

test('what hosts say to each other is not to be found at the public door, however it is asked for', async () => {
  const paths = [
    ...['/internal/calls', '/internal/calls/inventory/getStock', '/internal/events', '/internal/'],
    ...['//internal/calls', '/./internal/calls', '/api/../internal/calls', '/..;/internal/calls'],
    ...[
      '/internal%2fcalls',
      '/%69nternal/calls',
      '/internal/%2e%2e/internal/calls',
      '/INTERNAL/calls',
    ],
    ...[
      '\\internal\\calls',
      '/\\internal/calls',
      '/internal\\calls',
      '/docs/..%2f..%2finternal/calls',
    ],
    ...[
      'http://127.0.0.1:4000/internal/calls',
      'http://internal/internal/calls',
      '/internal;x/calls',
    ],
  ];
  const upgrade = 'Connection: Upgrade, close\r\nUpgrade: seamline\r\n';
  const swapped = 'X-Original-URL: /internal/calls\r\nX-Forwarded-Host: internal\r\n';
  for (const path of paths) {
    for (const headers of ['', 'x-service-token: x\r\n', swapped, upgrade]) {
      const head = `POST ${path} HTTP/1.1\r\nHost: internal\r\n${headers}`;
      const answer = await exchangeRaw(door.port, `${head}Connection: close\r\n\r\n`);
      const [status, another] = statusesIn(answer);
      assert.ok(status === 404 || (status === 400 && !path.startsWith('/')), `${path}: ${status}`);
      assert.equal(another, undefined);
    }
  }
});

test('paths mean exactly what they say: case, slashes and encodings are not tidied up', async () => {
  const path = `/api/things/${thing.thingId}`;
  assert.equal(await statusOf(path), 200);
  for (const other of [
    `${path}/`,
    `/API/things/${thing.thingId}`,
    `//api/things/x`,
    `/api//things/x`,
  ]) {
    assert.equal(await statusOf(other), 404, other);
  }
});

test('a path whose encoding is broken is a 400', async () => {
  const response = await door.fetch('/api/things/%zz');
  assert.equal(response.status, 400);
  assert.equal((await problemIn(response)).code, 'malformed_path');
});

test('a host that is not ours changes nothing, and none at all is refused', async () => {
  const swapped = 'GET /metrics HTTP/1.1\r\nHost: internal\r\nConnection: close\r\n\r\n';
  assert.deepEqual(statusesIn(await exchangeRaw(door.port, swapped)), [404]);
  const hostless = 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n';
  assert.deepEqual(statusesIn(await exchangeRaw(door.port, hostless)), [400]);
});

test('health says up or not, and nothing else', async () => {
  const up = await door.fetch('/health');
  assert.equal(up.status, 200);
  assert.deepEqual(await up.json(), { status: 'up' });
  ready = false;
  const down = await door.fetch('/health');
  assert.equal(down.status, 503);
  assert.deepEqual(await down.json(), { status: 'down' });
  ready = true;
});

test('the head of an answer comes without its body', async () => {
  const response = await door.fetch(`/api/things/${thing.thingId}`, { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), String(JSON.stringify(thing).length));
  assert.equal(await response.text(), '');
});

test('every answer tells browsers to be strict', async () => {
  for (const path of ['/', '/api/nothing', `/api/things/${thing.thingId}`]) {
    const { headers } = await door.fetch(path);
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none';/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.match(headers.get('strict-transport-security') ?? '', /max-age=31536000/);
    assert.equal(headers.get('x-powered-by'), null);
  }
});
