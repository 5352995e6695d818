import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Topology } from '#kernel/topology/topology';

import { adminEmail, adminPassword } from './customer.ts';
import { freePort } from './free-port.ts';
import { HostProcess } from './host-process.ts';

/** A shop whose hosts are processes of their own, as they are in production. */
export type SplitShop = {
  /** The public doors, one for each instance of the gateway's host. */
  readonly urls: readonly string[];
  readonly hosts: readonly HostProcess[];
  /** The internal listener of each, by the host's name. */
  readonly internal: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

type Split = {
  /** Which modules run in which host. The one with `gateway` has the door. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  /** Of every host, or of those that are named. */
  readonly instances?: number | Readonly<Record<string, number>>;
  readonly dataDir: string;
  readonly events?: Topology['events'];
  readonly calls?: Topology['calls'];
  readonly env?: Readonly<Record<string, string>>;
};

/** Every module in a host of its own; the demo catalogue beside the gateway. */
export const everyModuleApart = {
  users: ['users'],
  catalog: ['catalog'],
  inventory: ['inventory'],
  orders: ['orders'],
  payments: ['payments'],
  notifications: ['notifications'],
  media: ['media'],
  analytics: ['analytics'],
  gateway: ['gateway', 'demo'],
} as const;

/** The smallest shop whose orders, payments and pictures are elsewhere than its door. */
export const doorAndTwoMore = {
  orders: ['orders', 'payments'],
  media: ['media'],
  front: ['users', 'catalog', 'inventory', 'notifications', 'analytics', 'gateway', 'demo'],
} as const;

const startedAtOnce = 3;

/** Starts all hosts, on ports that nobody has, and resolves when every one is ready. */
export async function startSplit(split: Split): Promise<SplitShop> {
  const { dataDir, env = {} } = split;
  const topology = await topologyOf(split);
  const file = join(dataDir, 'topology.json');
  writeFileSync(file, JSON.stringify(topology));
  const settings = {
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    RATE_LIMIT: 'off',
    DEMO: '0',
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: adminPassword,
    ...env,
  };
  const hosts = Object.keys(topology.hosts).flatMap((host) => {
    const instances = instancesOf(split, host);
    return Array.from({ length: instances }, (_, nth) => {
      const flags = ['--topology', file, '--host', host, '--instance', `${nth + 1}`];
      return new HostProcess(instances > 1 ? `${host}-${nth + 1}` : host, flags, settings);
    });
  });
  const stop = async () => {
    await Promise.all(hosts.map((host) => host.stop()));
  };
  try {
    // A few at a time: many at once would only make each other late.
    for (let at = 0; at < hosts.length; at += startedAtOnce) {
      await Promise.all(hosts.slice(at, at + startedAtOnce).map((host) => host.start()));
    }
  } catch (error) {
    await Promise.all(hosts.map((host) => host.kill()));
    throw error;
  }
  const plans = Object.entries(topology.hosts);
  const internal = plans.flatMap(([name, { at = [] }]) =>
    at.map((url, nth) => [at.length > 1 ? `${name}-${nth + 1}` : name, url] as const),
  );
  const urls = plans.flatMap(([, plan]) => plan.public ?? []);
  return { urls, hosts, internal: Object.fromEntries(internal), stop };
}

/** On ports that nobody has. */
export async function topologyOf({
  hosts,
  instances = 1,
  events,
  calls,
}: Pick<Split, 'hosts' | 'instances' | 'events' | 'calls'>): Promise<Topology> {
  const ports = (host: string) =>
    Promise.all(
      Array.from(
        { length: instancesOf({ instances }, host) },
        async () => `http://127.0.0.1:${await freePort()}`,
      ),
    );
  const plans: Topology['hosts'] = {};
  for (const [name, modules] of Object.entries(hosts)) {
    const door = modules.includes('gateway') ? { public: await ports(name) } : {};
    plans[name] = { modules: [...modules], at: await ports(name), ...door };
  }
  return { hosts: plans, ...(events && { events }), ...(calls && { calls }) };
}

function instancesOf({ instances = 1 }: Pick<Split, 'instances'>, host: string): number {
  return typeof instances === 'number' ? instances : (instances[host] ?? 1);
}
