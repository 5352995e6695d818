import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';

import { ConfigError, type Environment, readSettings } from '#kernel/config/read-settings';
import type { SettingsOf } from '#kernel/config/settings';
import type { Placeable } from '#kernel/topology/check-topology';
import type { DiscoveryKind, Placement } from '#kernel/topology/placement';
import { readPlacement } from '#kernel/topology/read-placement';
import { topologySettings } from '#kernel/topology/topology-settings';
import { temporaryFolder } from '#test/temp-folder';

/** A till calls the stock and hears the bank; a door calls the till. */
const modules: readonly Placeable[] = [
  { name: 'stock', calls: [], hears: [] },
  { name: 'bank', calls: [], hears: [] },
  { name: 'till', calls: ['stock'], hears: ['bank'] },
  { name: 'door', calls: ['till'], hears: [] },
];

type Asking = {
  readonly env?: Environment;
  readonly urls?: Readonly<Record<string, readonly string[]>>;
  readonly discovery?: DiscoveryKind;
};

function place({ env = {}, urls = {}, discovery }: Asking): Placement {
  const { topology } = readSettings(env, { topology: topologySettings });
  const settings = topology as SettingsOf<typeof topologySettings>;
  return readPlacement({ settings, discovery, urls: new Map(Object.entries(urls)) }, modules);
}

/** What is told to who asked for the impossible. */
function refusal(asking: Asking): string {
  try {
    place(asking);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return 'nothing was refused';
}

function file(t: TestContext, topology: unknown): string {
  const path = join(temporaryFolder(t), 'topology.json');
  writeFileSync(path, typeof topology === 'string' ? topology : JSON.stringify(topology));
  return path;
}

const two = {
  hosts: {
    shop: { modules: ['stock', 'till', 'door'], at: ['http://127.0.0.1:4000'] },
    money: { modules: ['bank'], at: ['http://127.0.0.1:4001', 'http://127.0.0.1:4002'] },
  },
};

test('without a word, everything runs here and nothing has to travel', () => {
  const { isWhole, bus, local, asked, isOneMachine } = place({});

  assert.deepEqual([...local], ['stock', 'bank', 'till', 'door']);
  assert.deepEqual(
    { isWhole, bus, asked, isOneMachine },
    {
      isWhole: true,
      bus: 'in-process',
      asked: [],
      isOneMachine: true,
    },
  );
});

test('some modules by name need to know where those are that they call, hear and tell', () => {
  const message = refusal({ env: { MODULES: 'till' } });

  assert.match(message, /till calls stock, which runs elsewhere, .* STOCK_URL=http:\/\/127/);
  assert.match(message, /till hears bank, which runs elsewhere, .* BANK_URL=/);
  assert.doesNotMatch(message, /door/, 'nobody here asks the door');
  assert.match(refusal({ env: { MODULES: 'bank' } }), /bank tells till, which runs elsewhere/);
});

test('with addresses, some modules run here and the rest is found elsewhere', () => {
  const urls = { stock: ['http://127.0.0.1:4001'], bank: ['http://10.0.0.2:4000'] };
  const { host, isWhole, bus, asked, isOneMachine } = place({ env: { MODULES: 'till' }, urls });

  assert.deepEqual(
    { host, isWhole, bus, isOneMachine },
    {
      host: 'till',
      isWhole: false,
      bus: 'http',
      isOneMachine: false,
    },
  );
  assert.deepEqual(asked.toSorted(), ['bank', 'stock']);
});

test('events over a broker need no address of who hears them', () => {
  const env = { MODULES: 'bank', BUS: 'redis', REDIS_URL: 'redis://127.0.0.1:6379' };

  assert.equal(place({ env }).bus, 'redis');
  assert.match(refusal({ env: { MODULES: 'bank', BUS: 'redis' } }), /REDIS_URL is not set/);
  assert.match(refusal({ env: { MODULES: 'bank', BUS: 'rabbitmq' } }), /AMQP_URL is not set/);
});

test('discovery by name needs no address either', () => {
  const { discovery, isOneMachine } = place({ env: { MODULES: 'till' }, discovery: 'dns' });

  assert.deepEqual({ discovery, isOneMachine }, { discovery: 'dns', isOneMachine: false });
});

test('a host of a topology has its modules, its addresses, and the others’', (t) => {
  const TOPOLOGY = file(t, two);
  const money = place({ env: { TOPOLOGY, TOPOLOGY_HOST: 'money', TOPOLOGY_INSTANCE: '2' } });

  assert.deepEqual([...money.local], ['bank']);
  assert.deepEqual([money.at?.href, money.instances], ['http://127.0.0.1:4002/', 2]);
  assert.deepEqual(money.addresses.get('till'), ['http://127.0.0.1:4000']);
  const shop = place({ env: { TOPOLOGY, MODULES: 'door,till,stock' } });
  assert.deepEqual([shop.host, shop.at?.href], ['shop', 'http://127.0.0.1:4000/']);
});

test('modules that are no host of the topology find the others by it', (t) => {
  const stray = place({ env: { TOPOLOGY: file(t, two), MODULES: 'till' } });

  assert.deepEqual([stray.host, stray.at, [...stray.local]], ['till', undefined, ['till']]);
  assert.equal(stray.addresses.get('bank')?.length, 2);
});

const impossible: readonly (readonly [string, unknown, Environment, RegExp])[] = [
  ['a file that is not there', undefined, {}, /can not be read: ENOENT/],
  ['a file that is no JSON', '{', {}, /it is not JSON/],
  ['unknown words', { ...two, host: {} }, {}, /host is not known here/],
  ['an unknown transport', { ...two, events: 'pigeons' }, {}, /events must be/],
  [
    'an address with a path',
    { hosts: { a: { modules: ['stock'], at: ['http://x/y'] } } },
    {},
    /at\.0/,
  ],
  [
    'an address with a port that there is not',
    { hosts: { ...two.hosts, money: { modules: ['bank'], at: ['http://127.0.0.1:99999'] } } },
    {},
    /http:\/\/127\.0\.0\.1:99999 \(host money\) is no address such as/,
  ],
  ['no host chosen', two, {}, /has 2 hosts, and --host does not say which: shop, money/],
  ['an unknown host', two, { TOPOLOGY_HOST: 'attic' }, /has no host attic: there are shop, money/],
  [
    'an instance too many',
    two,
    { TOPOLOGY_HOST: 'shop', TOPOLOGY_INSTANCE: '2' },
    /host shop has 1/,
  ],
  [
    'modules that are not the host’s',
    two,
    { TOPOLOGY_HOST: 'shop', MODULES: 'bank' },
    /--host shop has stock, till, door, and --modules says bank/,
  ],
  [
    'a module nowhere',
    { hosts: { a: { modules: ['stock', 'bank', 'till'] } } },
    {},
    /door runs nowhere/,
  ],
  [
    'a module twice',
    { hosts: { ...two.hosts, more: { modules: ['bank'], at: ['http://127.0.0.1:4003'] } } },
    {},
    /bank runs in money and in more/,
  ],
  [
    'a module that there is not',
    { hosts: { a: { modules: ['stock', 'bank', 'till', 'door', 'attic'] } } },
    {},
    /there is no module attic \(host a\): there are stock, bank, till, door/,
  ],
  [
    'a host without an address',
    { hosts: { ...two.hosts, money: { modules: ['bank'] } } },
    { TOPOLOGY_HOST: 'shop' },
    /host money has no address/,
  ],
  [
    'an address twice',
    { hosts: { ...two.hosts, money: { modules: ['bank'], at: ['http://127.0.0.1:4000'] } } },
    {},
    /http:\/\/127\.0\.0\.1:4000 is given twice, to shop and money/,
  ],
  [
    'events that can not travel',
    { ...two, events: 'in-process' },
    {},
    /in-process reach no other host/,
  ],
  [
    'a bus that can not',
    two,
    { TOPOLOGY_HOST: 'shop', BUS: 'in-process' },
    /in-process reach no other/,
  ],
];

for (const [what, topology, env, told] of impossible) {
  test(`refused with the reason: ${what}`, (t) => {
    const path = topology === undefined ? '/nowhere/topology.json' : file(t, topology);

    assert.match(refusal({ env: { ...env, TOPOLOGY: path } }), told);
  });
}

test('a host or an instance of no topology is refused, where no modules are named either', () => {
  for (const env of [{ TOPOLOGY_HOST: 'till' }, { TOPOLOGY_INSTANCE: '2' }]) {
    assert.match(refusal({ env }), /and there is none: give --topology FILE, or --modules/);
  }
  const { host } = place({ env: { TOPOLOGY_HOST: 'front', MODULES: 'stock,bank,till,door' } });
  assert.equal(host, 'front');
});

test('a module that there is not is refused by name, whoever names it', () => {
  assert.match(refusal({ env: { MODULES: 'till,attic' } }), /no module attic: there are stock/);
});

test('everything that is wrong with a topology is told at once', (t) => {
  const TOPOLOGY = file(t, { hosts: { a: { modules: ['stock'] }, b: { modules: ['stock'] } } });
  const message = refusal({ env: { TOPOLOGY } });

  for (const told of [/stock runs in a and in b/, /bank runs nowhere/, /host a has no address/]) {
    assert.match(message, told);
  }
});
