import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ConfigError, readSettings } from '#kernel/config/read-settings';
import type { SettingsOf } from '#kernel/config/settings';
import { discoverySettings, moduleUrlSetting } from '#kernel/discovery/discovery-settings';
import { openDiscovery } from '#kernel/discovery/open-discovery';
import { createLogger } from '#kernel/log';
import { startDnsServer } from '#test/dns-server';
import { until } from '#test/until';

type Settings = SettingsOf<typeof discoverySettings>;

const own = { modules: [], url: 'http://127.0.0.1:4000', instance: 'this process' };
const log = createLogger('silent');

test('without any setting, modules run where addresses say', async () => {
  const settings = read({});
  assert.equal(settings.DISCOVERY, 'static');
  assert.equal(settings.CONSUL_HTTP_ADDR.href, 'http://127.0.0.1:8500/');
  const addresses = { orders: ['http://10.0.0.5:4000', 'http://10.0.0.6:4000/'], payments: [] };
  const discovery = openDiscovery({ settings, addresses, own, log });
  assert.deepEqual(
    discovery.instancesOf('orders').map(({ url }) => url),
    ['http://10.0.0.5:4000', 'http://10.0.0.6:4000'],
  );
  assert.deepEqual(discovery.instancesOf('payments'), []);
});

test('an address that is given for a module wins over the discovery of all others', async (t) => {
  const server = await startDnsServer();
  for (const module of ['orders', 'payments']) {
    server.put(`${module}.test`, [{ type: 'A', address: '10.0.0.9', ttl: 60 }]);
  }
  const settings = read({
    ...{ DISCOVERY: 'dns', DNS_NAME: '{module}.test', DNS_PORT: '4100' },
    DNS_SERVERS: server.address,
  });
  const addresses = { orders: ['http://10.0.0.5:4000'] };
  const discovery = openDiscovery({ settings, addresses, own, log });
  t.after(async () => {
    await discovery.close();
    await server.close();
  });
  await discovery.start(['orders', 'payments']);
  await until(() => discovery.instancesOf('payments').length === 1);
  assert.equal(discovery.instancesOf('payments')[0]?.url, 'http://10.0.0.9:4100');
  assert.equal(discovery.instancesOf('orders')[0]?.url, 'http://10.0.0.5:4000');
  assert.ok(!server.asked.some((question) => question.includes('orders')));
});

test('the address of Consul is read as its own tools read it', () => {
  const address = (given: string) => read({ CONSUL_HTTP_ADDR: given }).CONSUL_HTTP_ADDR.href;
  assert.equal(address('10.0.0.5:8500'), 'http://10.0.0.5:8500/');
  assert.equal(address('https://consul.test'), 'https://consul.test/');
});

test('what is wrong is told with an example, and a token never', () => {
  const settings = { ...discoverySettings, ...Object.fromEntries([moduleUrlSetting('orders')]) };
  const wrong = {
    DISCOVERY: 'gossip',
    ORDERS_URL: 'http://10.0.0.5:4000,orders.test',
    CONSUL_HTTP_ADDR: 'unix:///consul.sock',
    CONSUL_HTTP_TOKEN: 'very secret',
    DNS_PORT: '0',
    DNS_NAME: 'orders.test',
    DNS_SERVERS: '10.0.0.10,ns.test',
  };
  assert.throws(
    () => readSettings(wrong, { discovery: settings }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      for (const name of Object.keys(wrong).filter((name) => name !== 'CONSUL_HTTP_TOKEN')) {
        assert.match(error.message, new RegExp(`${name}=.* for example ${name}=`));
      }
      assert.doesNotMatch(error.message, /very secret/);
      return true;
    },
  );
});

test('ORDERS_URL lists the instances of a module', () => {
  const [name, setting] = moduleUrlSetting('orders');
  assert.equal(name, 'ORDERS_URL');
  assert.deepEqual(setting.parse('http://10.0.0.5:4000, http://10.0.0.6:4000/'), [
    'http://10.0.0.5:4000',
    'http://10.0.0.6:4000',
  ]);
});

function read(environment: Readonly<Record<string, string>>): Settings {
  return readSettings(environment, { discovery: discoverySettings }).discovery as Settings;
}
