import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { Worker } from 'node:worker_threads';

import { internalPort } from '#kernel/http/operator';
import { readOperatorToken } from '#kernel/http/operator-token';
import { temporaryFolder } from '#test/temp-folder';

import { problemIn } from './open-door.ts';
import { manualSaga, openOperator, parkedEvent } from './open-operator.ts';

const host = await openOperator();
const { orders, notifications } = host;
notifications.entries.push(parkedEvent('e1'), parkedEvent('e2', { state: 'done', problem: null }));
orders.entries.push(parkedEvent('e1'));
orders.sagaEntries.push(manualSaga('o1'), manualSaga('o2', { status: 'completed', problem: null }));

const post = (path: string, body: object) =>
  host.fetch(path, { method: 'POST', body: JSON.stringify(body) });

test('health needs no token, and says nothing that an outsider could use', async () => {
  const live = await fetch(`${host.url}/health/live`);
  assert.deepEqual([live.status, await live.json()], [200, { status: 'live' }]);
  const ready = await fetch(`${host.url}/health/ready`);
  assert.deepEqual([ready.status, await ready.json()], [200, { status: 'ready', reasons: [] }]);
});

test('a host whose store does not answer is not ready, and says why', async () => {
  notifications.storeIsDown = true;
  host.clock.advance(1_500);
  const storeless = await fetch(`${host.url}/health/ready`);
  assert.match(await storeless.text(), /store of notifications does not answer/);
  notifications.storeIsDown = false;
  host.clock.advance(1_500);
  assert.equal((await fetch(`${host.url}/health/ready`)).status, 200);
});

test('a host whose events or sagas nobody looks after is not ready, and says why', async () => {
  const busy = orders.sinceLookMs;
  for (const [part, what] of [
    ['outbox', 'events that orders has published'],
    ['inbox', 'events that orders has heard'],
    ['sagas', 'sagas of orders'],
  ] as const) {
    orders.sinceLookMs = { ...busy, [part]: 45_000 };
    host.clock.advance(1_500);
    const stuck = await fetch(`${host.url}/health/ready`);
    assert.equal(stuck.status, 503);
    assert.match(await stuck.text(), new RegExp(`"${what} were not looked at for 45 s"`));
  }
  orders.sinceLookMs = busy;
  host.clock.advance(1_500);
  assert.equal((await fetch(`${host.url}/health/ready`)).status, 200);
});

test('a host whose events a broker keeps waiting is ready, and measures how long', async () => {
  const calm = orders.lag;
  orders.lag = { ...calm, outbox: { rows: 7, oldestMs: 90_000 } };
  host.clock.advance(1_500);
  assert.equal((await fetch(`${host.url}/health/ready`)).status, 200);
  const measured = await (await fetch(`${host.url}/metrics`)).text();
  assert.ok(measured.includes('seamline_outbox_oldest_seconds{module="orders"} 90'));
  orders.lag = calm;
});

test('measurements come in the text format of Prometheus', async () => {
  notifications.lag = { ...notifications.lag, inbox: { rows: 3, oldestMs: 2_500, parked: 1 } };
  const response = await fetch(`${host.url}/metrics`);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const line of [
    '# TYPE http_request_duration_seconds histogram',
    'seamline_inbox_parked{module="notifications"} 1',
    'seamline_inbox_oldest_seconds{module="notifications"} 2.5',
  ]) {
    assert.ok(text.includes(line), line);
  }
  for (const line of text.trimEnd().split('\n')) {
    assert.match(line, /^(# (HELP|TYPE) .+|\w+(\{[^}]*\})? -?[\d.e+-]+)$/);
  }
});

test('nobody sees or mends work without the token, and the attempt is kept', async () => {
  for (const token of ['', 'wrong', `${host.token}x`, host.token.slice(0, -1)]) {
    for (const path of [
      '/operator/events',
      '/operator/sagas/o1',
      '/operator/modules',
      '/operator/x',
    ]) {
      assert.equal((await host.fetch(path, { token })).status, 401);
    }
  }
  const refused = await host.fetch('/operator/sagas/o1/resume', { method: 'POST', token: 'wrong' });
  assert.equal(refused.status, 401);
  assert.deepEqual(orders.done, []);
  assert.ok(host.logged.some(({ audit }) => audit === 'unauthenticated'));
  assert.ok(!JSON.stringify(host.logged).includes(host.token));
});

test('events are listed over all modules, or of one, or in one state', async () => {
  const listed = async (query: string) => {
    const { items } = (await (await host.fetch(`/operator/events${query}`)).json()) as {
      items: { module: string; event: { id: string } }[];
    };
    return items.map(({ module, event }) => `${module} ${event.id}`);
  };
  assert.deepEqual(await listed(''), ['orders e1', 'notifications e1', 'notifications e2']);
  assert.deepEqual(await listed('?module=orders'), ['orders e1']);
  assert.deepEqual(await listed('?state=done'), ['notifications e2']);
  assert.deepEqual(await listed('?limit=1'), ['orders e1', 'notifications e1']);
});

test('what is asked for wrongly is told by its name', async () => {
  for (const [path, status, words] of [
    ['/operator/events?state=lost', 400, /"state"/],
    ['/operator/events?limit=0', 400, /"limit"/],
    ['/operator/events?color=red', 400, /"color"/],
    ['/operator/events?module=weather', 404, /"modules":\["orders","notifications"\]/],
    ['/operator/events/e9', 404, /unknown_event/],
    ['/operator/sagas/o9', 404, /unknown_saga/],
  ] as const) {
    const response = await host.fetch(path);
    assert.equal(response.status, status, path);
    assert.match(JSON.stringify(await problemIn(response)), words);
  }
  assert.equal((await post('/operator/events/discard', { ids: [] })).status, 400);
  assert.equal((await post('/operator/sagas/o1/resolve', { outcome: 'completed' })).status, 400);
});

test('events are redriven and discarded in every module that holds them', async () => {
  assert.deepEqual(await (await post('/operator/events/redrive', { ids: ['e1'] })).json(), {
    count: 2,
  });
  const one = { module: 'notifications', all: true };
  assert.deepEqual(await (await post('/operator/events/redrive', one)).json(), { count: 1 });
  const gone = { module: 'orders', ids: ['e1', 'e2'] };
  assert.deepEqual(await (await post('/operator/events/discard', gone)).json(), { count: 1 });
  assert.deepEqual(notifications.done.splice(0), ['redrive e1', 'redrive e1']);
  assert.deepEqual(orders.done.splice(0), ['redrive e1', 'discard e1']);
  assert.ok(host.logged.some(({ audit, count }) => audit === 'discard' && count === 1));
});

test('a saga that waits for a person is resumed or resolved, any other is not', async () => {
  assert.equal((await post('/operator/sagas/o1/resume', {})).status, 200);
  const resolution = { outcome: 'undone', note: 'refunded by hand' };
  assert.equal((await post('/operator/sagas/o1/resolve', resolution)).status, 200);
  assert.deepEqual(orders.done.splice(0), ['resume o1', 'resolve o1 undone refunded by hand']);
  const over = await post('/operator/sagas/o2/resume', {});
  assert.equal(over.status, 409);
  assert.equal((await problemIn(over)).code, 'saga_not_movable');
});

test('while it stops a host says that it is not ready, and leaves no address behind', async () => {
  const leaving = await openOperator();
  leaving.operator.unready();
  assert.equal((await fetch(`${leaving.url}/health/ready`)).status, 503);
  assert.equal((await fetch(`${leaving.url}/health/live`)).status, 200);
  const file = join(leaving.dataDir, 'operator.url');
  assert.equal(readFileSync(file, 'utf8').trim(), leaving.url);
  await leaving.operator.drain();
  assert.throws(() => readFileSync(file), /ENOENT/);
});

test('hosts that share a data folder leave their addresses under their names, and each its own', async () => {
  const dataDir = temporaryFolder({ after });
  const note = () => readFileSync(join(dataDir, 'till.operator.url'), 'utf8').trim();
  const till = await openOperator({ dataDir, host: 'till' });
  await openOperator({ dataDir, host: 'depot' });
  assert.equal(note(), till.url);
  const another = await openOperator({ dataDir, host: 'till' });
  await till.operator.drain();
  assert.equal(note(), another.url);
  await another.operator.drain();
  assert.throws(note, /ENOENT/);
  assert.ok(readFileSync(join(dataDir, 'depot.operator.url'), 'utf8'));
});

test('a token is made once, for its owner alone, and kept; a short one is refused', () => {
  const folder = temporaryFolder({ after });
  const token = readOperatorToken(folder, undefined);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(statSync(join(folder, 'operator.token')).mode & 0o777, 0o600);
  assert.equal(readOperatorToken(folder, undefined), token);
  assert.equal(readOperatorToken(folder, 'x'.repeat(32)), 'x'.repeat(32));
  assert.throws(() => readOperatorToken(folder, 'secret'), /OPERATOR_TOKEN is shorter than 32/);
  writeFileSync(join(folder, 'operator.token'), 'short');
  assert.throws(() => readOperatorToken(folder, undefined), /holds no token: remove it/);
});

test('hosts that start together on one data folder find one token', async () => {
  const rounds = Array.from({ length: 100 }, () => temporaryFolder({ after }));
  const turns = new SharedArrayBuffer(4 * rounds.length);
  const program = new URL('./token-finder.ts', import.meta.url);
  const find = async (): Promise<readonly string[]> => {
    const worker = new Worker(program, { workerData: { folders: rounds, turns, of: 2 } });
    return (await once(worker, 'message'))[0];
  };
  const [one, other] = await Promise.all([find(), find()]);
  assert.equal(new Set(one).size, rounds.length);
  assert.deepEqual(other, one);
});

test('the internal port stands 1000 above the public one where none is set', () => {
  assert.equal(internalPort(undefined, 3000), 4000);
  assert.equal(internalPort(5000, 3000), 5000);
  assert.equal(internalPort(undefined, 0), 0);
});
