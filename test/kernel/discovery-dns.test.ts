import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { dnsDiscovery } from '#kernel/discovery/dns';
import { createLogger } from '#kernel/log';
import { type DnsManner, type DnsServer, startDnsServer } from '#test/dns-server';
import { until } from '#test/until';

const log = createLogger('silent');
const srv = (target: string, port: number, priority = 1, ttl = 0) =>
  ({ type: 'SRV', target, port, priority, ttl }) as const;
const a = (address: string, ttl = 0) => ({ type: 'A', address, ttl }) as const;
const aaaa = (address: string, ttl = 0) => ({ type: 'AAAA', address, ttl }) as const;
const counted = (server: DnsServer, question: string) =>
  server.asked.filter((one) => one === question).length;

for (const manner of ['nxdomain', 'servfail', 'silent'] satisfies DnsManner[]) {
  test(`the last good answer stays while the server is: ${manner}`, async (t) => {
    const { server, discovery } = await scene(t, '{module}.test');
    server.put('orders.test', [a('10.0.0.1')]);
    await until(() => discovery.instancesOf('orders').length === 1);
    server.behave(manner);
    const before = server.asked.length;
    await until(() => server.asked.length >= before + 4, { what: 'more questions' });
    assert.deepEqual(urlsOf(discovery), ['http://10.0.0.1:4000']);
    server.put('orders.test', [a('10.0.0.2')]);
    server.behave('answers');
    await until(() => urlsOf(discovery)[0] === 'http://10.0.0.2:4000');
  });
}

test('a TTL of 0 is asked again about once a second, and a long one is believed', async (t) => {
  const began = performance.now();
  const { server } = await scene(t, '{module}.test', ['orders', 'payments']);
  server.put('orders.test', [a('10.0.0.1', 0)]);
  server.put('payments.test', [a('10.0.0.2', 3600)]);
  await until(
    () => counted(server, 'A payments.test') > 1 || counted(server, 'A orders.test') >= 5,
  );
  const settled = counted(server, 'A payments.test');
  const asked = counted(server, 'A orders.test');
  await until(() => counted(server, 'A orders.test') >= asked + 3);
  assert.ok(performance.now() - began > 3 * 750, 'three more questions took their time');
  assert.equal(counted(server, 'A payments.test'), settled);
});

test('an instance that moves is found although the TTL of its SRV record is not told', async (t) => {
  const { server, discovery } = await scene(t, '_internal._tcp.{module}');
  server.put('_internal._tcp.orders', [srv('one.test', 4001, 1, 86_400)]);
  server.put('one.test', [a('10.0.0.1', 86_400)]);
  await until(() => urlsOf(discovery)[0] === 'http://10.0.0.1:4001');
  server.put('_internal._tcp.orders', [srv('one.test', 4002, 1, 86_400)]);
  await until(() => urlsOf(discovery)[0] === 'http://10.0.0.1:4002');
});

test('of SRV records the lowest priority counts, with all addresses of each target', async (t) => {
  const { server, discovery } = await scene(t, '_internal._tcp.{module}');
  server.put('one.test', [a('10.0.0.1'), a('10.0.0.2'), aaaa('fd00::1')]);
  server.put('two.test', [a('10.0.0.3')]);
  server.put('spare.test', [a('10.0.0.9')]);
  server.put('_internal._tcp.orders', [
    srv('spare.test', 4000, 20),
    srv('one.test', 4001, 10),
    srv('two.test', 4002, 10),
  ]);
  const wanted = ['10.0.0.1:4001', '10.0.0.2:4001', '10.0.0.3:4002', '[fd00::1]:4001'];
  await until(() => urlsOf(discovery).length > 0);
  assert.deepEqual(
    urlsOf(discovery),
    wanted.map((host) => `http://${host}`),
  );
});

test('a target that is gone is left out, and one that nobody answers for is where it was', async (t) => {
  const { server, discovery } = await scene(t, '_internal._tcp.{module}');
  server.put('_internal._tcp.orders', [srv('one.test', 4001), srv('two.test', 4002)]);
  server.put('one.test', [a('10.0.0.1')]);
  server.put('two.test', [a('10.0.0.2')]);
  await until(() => urlsOf(discovery).length === 2);
  server.fail('one.test');
  server.put('two.test', []);
  await until(() => urlsOf(discovery).length === 1);
  assert.deepEqual(urlsOf(discovery), ['http://10.0.0.1:4001']);
});

test('what nobody answers for one module stays, whatever is found for another', async (t) => {
  const { server, discovery } = await scene(t, '_internal._tcp.{module}', ['orders', 'payments']);
  server.put('one.test', [a('10.0.0.1')]);
  server.put('two.test', [a('10.0.0.2')]);
  server.put('other.test', [a('10.0.0.3')]);
  server.put('_internal._tcp.orders', [srv('one.test', 4001), srv('two.test', 4001)]);
  server.put('_internal._tcp.payments', [srv('other.test', 4002)]);
  const both = ['http://10.0.0.1:4001', 'http://10.0.0.2:4001'];
  await until(() => urlsOf(discovery).join() === both.join());
  server.fail('one.test');
  const asked = counted(server, 'SRV _internal._tcp.payments');
  await until(() => counted(server, 'SRV _internal._tcp.payments') >= asked + 2);
  server.put('two.test', [a('10.0.0.4')]);
  await until(() => urlsOf(discovery).includes('http://10.0.0.4:4001'));
  assert.deepEqual(urlsOf(discovery), ['http://10.0.0.1:4001', 'http://10.0.0.4:4001']);
});

test('closing ends a question that nobody answers', async (t) => {
  const { server, discovery } = await scene(t, '{module}.test');
  server.behave('silent');
  await until(() => server.asked.length > 0);
  await discovery.close();
  const asked = server.asked.length;
  // Others ask on meanwhile, more often than whoever has closed would have.
  const other = dnsDiscovery({ name: 'other.test', port: 4000, servers: [server.address], log });
  t.after(() => other.close());
  server.put('other.test', [a('10.0.0.1', 0)]);
  server.behave('answers');
  await other.start(['other']);
  await until(() => counted(server, 'A other.test') >= 5);
  assert.ok(server.asked.slice(asked).every((question) => question.endsWith('other.test')));
});

async function scene(t: TestContext, name: string, asked = ['orders']) {
  const server = await startDnsServer();
  const discovery = dnsDiscovery({ name, port: 4000, servers: [server.address], log });
  await discovery.start(asked);
  t.after(async () => {
    await discovery.close();
    await server.close();
  });
  return { server, discovery };
}

function urlsOf(discovery: ReturnType<typeof dnsDiscovery>): readonly string[] {
  return discovery.instancesOf('orders').map(({ url }) => url);
}
