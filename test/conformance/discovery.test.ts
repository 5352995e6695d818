import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

import { consulDiscovery } from '#kernel/discovery/consul';
import { dnsDiscovery } from '#kernel/discovery/dns';
import { staticDiscovery } from '#kernel/discovery/static';
import { createLogger } from '#kernel/log';
import type { Discovery } from '#kernel/ports/discovery';
import { consulBinary, startConsul } from '#test/consul';
import { startDnsServer } from '#test/dns-server';
import { freePort } from '#test/free-port';
import { until } from '#test/until';

import { checkDiscovery, type Source } from './discovery.suite.ts';

const log = createLogger('silent');

checkDiscovery({ name: 'static', urls: someUrls, open: fixed, canChange: false });
checkDiscovery({ name: 'dns with SRV', urls: someUrls, open: () => dns('SRV'), canChange: true });
checkDiscovery({ name: 'dns with A', urls: loopbackUrls, open: () => dns('A'), canChange: true });
if (consulBinary()) {
  checkDiscovery({ name: 'consul', urls: freeUrls, open: consul, canChange: true });
}

async function fixed(urls: readonly string[]): Promise<Source> {
  return {
    place: async () => undefined,
    open: () => staticDiscovery({ orders: urls }),
    close: async () => undefined,
  };
}

async function dns(type: 'A' | 'SRV'): Promise<Source> {
  const server = await startDnsServer();
  const name = type === 'SRV' ? '_internal._tcp.{module}.test' : '{module}.test';
  const ask = { name, port: 4000, servers: [server.address], log };
  return {
    async place(urls) {
      const ttl = 0;
      const places = urls.map((url) => new URL(url));
      if (type === 'A') {
        server.put(
          'orders.test',
          places.map(({ hostname }) => ({ type, address: hostname, ttl })),
        );
        return;
      }
      const targets = places.map(({ hostname, port }) => {
        const target = `host-${hostname}-${port}.test`.replaceAll('.', '-');
        server.put(target, [{ type: 'A', address: hostname, ttl }]);
        return { type, target, port: Number(port), priority: 1, ttl };
      });
      server.put('_internal._tcp.orders.test', targets);
    },
    open: () => dnsDiscovery(ask),
    outage: {
      async begin() {
        server.behave('servfail');
        const before = server.asked.length;
        await until(() => before === 0 || server.asked.length > before + 2);
      },
      heal: async () => server.behave('answers'),
    },
    close: () => server.close(),
  };
}

/** Hosts that are ready, each registered by a discovery of its own. */
async function consul(): Promise<Source> {
  const agent = await startConsul();
  const hosts = new Map<string, { server: Server; discovery: Discovery }>();
  const open = (modules: readonly string[] = [], url = 'http://127.0.0.1:1', instance = url) =>
    consulDiscovery({
      address: new URL(agent.address),
      token: undefined,
      own: { modules, url, instance: `process at ${instance}` },
      log,
    });
  const leave = async (url: string) => {
    const host = hosts.get(url);
    hosts.delete(url);
    await host?.discovery.leave();
    await host?.discovery.close();
    host?.server.close();
  };
  return {
    async place(urls) {
      for (const url of hosts.keys()) if (!urls.includes(url)) await leave(url);
      for (const url of urls) {
        if (hosts.has(url)) continue;
        const server = await readyHost(Number(new URL(url).port));
        const discovery = open(['orders'], url);
        hosts.set(url, { server, discovery });
        await discovery.start([]);
      }
    },
    open: () => open(),
    outage: { begin: agent.kill, heal: agent.start },
    async close() {
      await Promise.all([...hosts.keys()].map(leave));
      await agent.kill();
    },
  };
}

async function readyHost(port: number): Promise<Server> {
  const server = createServer((_request, response) => response.end('{}'));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return server;
}

async function someUrls(count: number): Promise<readonly string[]> {
  return Array.from({ length: count }, (_, at) => `http://10.0.0.${at + 1}:${4000 + at}`);
}

async function loopbackUrls(count: number): Promise<readonly string[]> {
  return Array.from({ length: count }, (_, at) => `http://10.0.0.${at + 1}:4000`);
}

async function freeUrls(count: number): Promise<readonly string[]> {
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  return ports.map((port) => `http://127.0.0.1:${port}`);
}
