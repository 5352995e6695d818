import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test, { after } from 'node:test';

import type { InternalEndpoint } from '#kernel/ports/internal-endpoint';
import { until } from '#test/until';

import { openOperator } from './open-operator.ts';
import { exchangeRaw, rawSocket, statusesIn } from './raw-socket.ts';

type Echo = InternalEndpoint & {
  /** The paths of requests and upgrades that came here. */
  readonly came: string[];
  readonly sockets: Socket[];
  drained: number;
  /** What draining waits for. */
  running: Promise<void>;
};

/** Answers requests with their body, and sends back what comes on an upgraded connection. */
function echo(prefix = '/internal/'): Echo {
  const endpoint: Echo = {
    prefix,
    came: [],
    sockets: [],
    drained: 0,
    running: Promise.resolve(),
    handle(request, response) {
      endpoint.came.push(request.url ?? '');
      if (request.url?.startsWith('/internal/hang')) return;
      response.writeHead(200);
      request.pipe(response);
    },
    upgrade(request, socket, head) {
      endpoint.came.push(request.url ?? '');
      endpoint.sockets.push(socket as Socket);
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      );
      socket.write(head);
      socket.pipe(socket);
    },
    async drain() {
      endpoint.drained += 1;
      await endpoint.running;
    },
  };
  return endpoint;
}

const endpoint = echo();
const host = await openOperator({ endpoints: [endpoint] });

const upgradeTo = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: till\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`;

test('requests below the prefix are the endpoint’s, all others the operators’', async () => {
  const answer = await fetch(`${host.url}/internal/calls?x=1`, { method: 'POST', body: 'ping' });
  assert.equal(await answer.text(), 'ping');
  assert.deepEqual(endpoint.came.splice(0), ['/internal/calls?x=1']);
  assert.equal((await fetch(`${host.url}/health/live`)).status, 200);
  assert.equal((await fetch(`${host.url}/operator/modules`)).status, 401);
  assert.deepEqual(endpoint.came, []);
});

test('who waits for a word before sending a body gets it, from the endpoint or the operators', async () => {
  const raw = await rawSocket(host.port);
  raw.write('POST /operator/events/redrive HTTP/1.1\r\nHost: till\r\nContent-Length: 2\r\n');
  raw.write('Expect: 100-continue\r\nConnection: close\r\n\r\n');
  await until(() => raw.received().length > 0);
  raw.write('{}');
  assert.deepEqual(statusesIn(await raw.closed), [100, 401]);
});

test('an endpoint is reached by its exact path and by no other writing of it', async () => {
  const paths = [
    ...['//internal/calls', '/./internal/calls', '/x/../internal/calls', '/..;/internal/calls'],
    ...['/internal%2fcalls', '/%69nternal/calls', '/%2finternal/calls', '/INTERNAL/calls'],
    ...['\\internal\\calls', '/\\internal/calls', '/internal\\calls', 'http://x/internal/calls'],
    ...['/internal', '/internal/', '/internal//calls', '/internal/../internal/calls'],
    ...['/internal/%63alls', '/internal/./calls', '/internal/calls/..', '/internal/calls;a=b'],
    ...['/internal/calls/', '/internal/..;/calls', '/internal/calls%00', '/internals/calls'],
  ];
  for (const path of paths) {
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    const [status] = statusesIn(await exchangeRaw(host.port, head));
    assert.ok(status === 404 || status === 400, `${path} answered ${status}`);
    const [upgraded] = statusesIn(await exchangeRaw(host.port, upgradeTo(path)));
    assert.equal(upgraded, 400, `${path}, upgraded, answered ${upgraded}`);
  }
  assert.deepEqual(endpoint.came, []);
});

test('the longest list of segments costs next to nothing to look at', async () => {
  const path = `/internal${'/a-'.repeat(5_000)}!`;
  const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  assert.deepEqual(statusesIn(await exchangeRaw(host.port, head)), [404]);
});

test('a connection is upgraded by its endpoint; what else wants another protocol is refused', async () => {
  const upgraded = await rawSocket(host.port);
  upgraded.write(`${upgradeTo('/internal/stream')}first`);
  await until(() => upgraded.received().endsWith('\r\n\r\nfirst'));
  upgraded.write(' second');
  await until(() => upgraded.received().endsWith('first second'));
  assert.deepEqual(endpoint.came.splice(0), ['/internal/stream']);
  upgraded.socket.destroy();
  for (const path of ['/', '/metrics', '/operator/events', '/health/live']) {
    const answer = await exchangeRaw(host.port, upgradeTo(path));
    assert.deepEqual(statusesIn(answer), [400]);
    assert.match(answer, /"code":"upgrade_refused"/);
  }
});

test('whoever resets an upgraded connection ends that connection and nothing else', async () => {
  const upgraded = await rawSocket(host.port);
  upgraded.write(upgradeTo('/internal/stream'));
  await until(() => upgraded.received().includes('101'));
  const theirs = endpoint.sockets.at(-1) as Socket;
  upgraded.socket.resetAndDestroy();
  await until(() => theirs.destroyed);
  assert.equal((await fetch(`${host.url}/health/live`)).status, 200);
});

test('an upgraded connection may be silent for longer than any request', async () => {
  const patient = echo();
  const { port } = await openOperator({ endpoints: [patient], limits: { stalledTimeoutMs: 50 } });
  const silent = await rawSocket(port);
  silent.write(upgradeTo('/internal/stream'));
  await until(() => silent.received().includes('101'));
  const stalled = await rawSocket(port);
  stalled.write('GET /internal/hang HTTP/1.1\r\nHost: x\r\n\r\n');
  // It came after the silent one, so that one would have been cut off before it.
  await stalled.closed;
  silent.write('still here');
  await until(() => silent.received().endsWith('still here'));
});

test('upgraded connections count among those that one address may hold', async () => {
  const narrow = echo();
  const limits = { connectionsPerAddress: 3 };
  const { port } = await openOperator({ endpoints: [narrow], limits });
  const held = await Promise.all([1, 2, 3].map(() => rawSocket(port)));
  for (const one of held) one.write(upgradeTo('/internal/stream'));
  await until(() => held.every((one) => one.received().includes('101')));
  assert.equal(await exchangeRaw(port, upgradeTo('/internal/stream')), '');
  held[0]?.socket.destroy();
  const next = await until(async () => {
    const raw = await rawSocket(port);
    raw.write(upgradeTo('/internal/stream'));
    await until(() => raw.socket.destroyed || raw.received());
    return raw.received();
  });
  assert.deepEqual(statusesIn(next), [101]);
});

test('draining waits for what other hosts asked, while health is still told, and then lets go', async () => {
  const busy = echo();
  const leaving = await openOperator({ endpoints: [busy] });
  const upgraded = await rawSocket(leaving.port);
  upgraded.write(upgradeTo('/internal/stream'));
  await until(() => upgraded.received().includes('101'));
  const { promise, resolve: answer } = Promise.withResolvers<void>();
  busy.running = promise;
  let isDrained = false;
  const drained = leaving.operator.drain({ deadlineMs: 10_000 }).then(() => (isDrained = true));
  await until(() => busy.drained === 1);
  assert.equal((await fetch(`${leaving.url}/health/ready`)).status, 503);
  upgraded.write('late answer');
  await until(() => upgraded.received().endsWith('late answer'));
  assert.equal(isDrained, false);
  answer();
  await upgraded.closed;
  await drained;
  await assert.rejects(fetch(`${leaving.url}/health/live`), TypeError);
});

test('hosts may be left before the listener closes, and are left once', async () => {
  const one = echo();
  const leaving = await openOperator({ endpoints: [one] });
  await leaving.operator.leave(1_000);
  assert.equal((await fetch(`${leaving.url}/health/live`)).status, 200);
  await leaving.operator.drain({ deadlineMs: 1_000 });
  assert.equal(one.drained, 1);
});

test('what never ends is cut off when the drain is over, and an endpoint that breaks delays nobody', async () => {
  const stuck = echo();
  stuck.running = new Promise(() => undefined);
  const broken = { ...echo('/broken/'), drain: () => Promise.reject(new Error('it broke')) };
  const leaving = await openOperator({ endpoints: [broken, stuck] });
  const deaf = await rawSocket(leaving.port);
  deaf.write(upgradeTo('/internal/stream'));
  await until(() => deaf.received().includes('101'));
  // What we send is no longer read, and we never say that we are done.
  deaf.socket.pause();
  stuck.sockets[0]?.write(Buffer.alloc(32 * 1024 * 1024));
  await leaving.operator.drain({ deadlineMs: 100 });
  deaf.socket.resume();
  await deaf.closed;
  const late = await openOperator({ endpoints: [broken] });
  await late.operator.drain({ deadlineMs: 5_000 });
  assert.ok(late.logged.some(({ msg }) => msg === 'an endpoint did not drain'));
});

after(() => {
  for (const socket of endpoint.sockets) socket.destroy();
});
