import assert from 'node:assert/strict';
import test from 'node:test';

import { type DnsServer, startDnsServer } from '#test/dns-server';
import { type FoundHost, planFoundShop } from '#test/found-shop';
import { orderSteadily } from '#test/steady-orders';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const hosts = {
  front: [
    ...['gateway', 'users', 'catalog', 'inventory', 'orders'],
    ...['notifications', 'media', 'analytics', 'demo'],
  ],
  till: ['payments'],
};

/** Seconds. */
const ttl = 1;

for (const calls of ['stream', 'request'] as const) {
  test(`${calls}: a shop that finds itself by the DNS follows a host that moves, and needs no DNS for what it knows`, async (t) => {
    const dns = await startDnsServer();
    t.after(() => dns.close());
    const env = { DNS_SERVERS: dns.address, CALLS: calls };
    const dataDir = temporaryFolder(t);
    const shop = planFoundShop({ hosts, discovery: 'dns', dataDir, env });
    t.after(() => shop.kill());
    const [front, till] = [await shop.instance('front'), await shop.instance('till')];
    for (const module of hosts.front) put(dns, module, front);
    put(dns, 'payments', till);
    await Promise.all([front, till].map(({ process }) => process.start()));
    const orders = await orderSteadily(front.url);
    await orders.more(10);
    t.diagnostic(`found by SRV: ${orders.completed()} orders`);

    dns.behave('silent');
    await orders.more(10);
    t.diagnostic(`the DNS is silent: ${orders.completed()} orders`);

    dns.behave('answers');
    const next = await shop.instance('till');
    put(dns, 'payments', next);
    const asked = dns.asked.length;
    assert.equal(await till.process.stop(), 0);
    await next.process.start();
    await orders.more(10);
    t.diagnostic(`payments moved: ${orders.completed()} orders`);
    await until(() => dns.asked.slice(asked).some((one) => one.includes('payments')));

    await orders.finish();
    assert.deepEqual(orders.otherwise, []);
    for (const { process } of [front, next]) assert.equal(await process.stop(), 0);
  });
}

function put(dns: DnsServer, module: string, { port }: FoundHost): void {
  const target = `${module}.shop.test`;
  dns.put(`_internal._tcp.${module}`, [{ type: 'SRV', target, port, priority: 1, ttl }]);
  dns.put(target, [{ type: 'A', address: '127.0.0.1', ttl }]);
}
