import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Environment } from '#kernel/config/read-settings';
import { parseTopology, type Topology } from '#kernel/topology/topology';
import { freePort } from '#test/free-port';

import { type App, modules, openApp } from '../../src/app.ts';
import { asOverTheWire } from './over-the-wire.ts';
import { repeatedCalls } from './repeated-calls.ts';

/** Every host of a topology, each with its own listeners, stores and connections. */
export type RunningTopology = {
  /** The public door. */
  readonly url: string;
  readonly apps: readonly App[];
  stop(): Promise<void>;
};

/**
 * Opens every host of the topology of this run (TEST_TOPOLOGY; everything in one host without) inside
 * the process of the test: what travels between them goes over real listeners and brokers, calls as
 * TEST_CALLS says. Every call from module to module is made twice, and every value is frozen and
 * re-encoded.
 */
export async function openTopology(environment: Environment): Promise<RunningTopology> {
  const file = process.env.TEST_TOPOLOGY;
  if (!file) return runningOf([await openOne(environment)]);
  const given = { ...environment, CALLS: process.env.TEST_CALLS };
  return runningOf(await openHosts(await onFreePorts(file), given, openOne));
}

/** Opens the hosts of a topology in this process; the one with the door last. */
export async function openHosts(
  topology: Topology,
  environment: Environment,
  open: (environment: Environment) => Promise<App>,
): Promise<readonly App[]> {
  const own = join(environment.DATA_DIR ?? '.', 'topology.json');
  writeFileSync(own, JSON.stringify(topology));
  // Shops of other tests are on the same brokers.
  const brokers = {
    BUS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    REDIS_URL: process.env.TEST_REDIS_URL,
    AMQP_URL: process.env.TEST_AMQP_URL,
  };
  // The door opens last: who comes in finds somebody behind it.
  const names = Object.keys(topology.hosts).sort(
    (a, b) => hasDoor(topology, a) - hasDoor(topology, b),
  );
  const apps: App[] = [];
  for (const name of names) {
    const addresses = { PORT: '', INTERNAL_PORT: '', TOPOLOGY: own, TOPOLOGY_HOST: name };
    apps.push(await open({ ...environment, ...brokers, ...addresses }));
  }
  return apps;
}

function openOne(environment: Environment): Promise<App> {
  return openApp(environment, {
    wrap: asOverTheWire,
    throughout: (calls) => repeatedCalls(calls, modules),
  });
}

function runningOf(apps: readonly App[]): RunningTopology {
  const url = apps.find((app) => app.url !== undefined)?.url;
  if (url === undefined) throw new Error('No host of this topology has the public door.');
  const stop = async () => {
    for (const app of apps.toReversed()) await app.stop();
  };
  return { url, apps, stop };
}

function hasDoor({ hosts }: Topology, name: string): number {
  return hosts[name]?.modules.includes('gateway') ? 1 : 0;
}

/** The same hosts, on ports that nobody has. */
async function onFreePorts(file: string): Promise<Topology> {
  const topology = parseTopology(readFileSync(file, 'utf8'));
  if (!('hosts' in topology)) throw new Error(`${file}: ${topology.join('; ')}`);
  const free = async () => `http://127.0.0.1:${await freePort()}`;
  const hosts: Record<string, Topology['hosts'][string]> = {};
  for (const [name, plan] of Object.entries(topology.hosts)) {
    const at = [await free()];
    hosts[name] = { modules: plan.modules, at, ...(plan.public ? { public: [await free()] } : {}) };
  }
  const events = busOf(process.env.TEST_BUS);
  return { ...topology, hosts, ...(events ? { events } : {}) };
}

function busOf(name: string | undefined): Topology['events'] {
  if (name === undefined || name === '') return undefined;
  if (name === 'http' || name === 'redis' || name === 'rabbitmq') return name;
  throw new Error(`TEST_BUS is ${name}: http, redis or rabbitmq.`);
}
