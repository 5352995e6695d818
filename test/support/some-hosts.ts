import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseTopology } from '#kernel/topology/topology';

import { adminEmail, adminPassword } from './customer.ts';
import { freePort } from './free-port.ts';
import { HostProcess } from './host-process.ts';

/** A host of a topology in a process of its own. */
export type SomeHost = {
  readonly process: HostProcess;
  /** Its internal listener. */
  readonly internal: string;
  /** Its public door; empty without one. */
  readonly url: string;
  /** The same instance, run by another program. */
  by(main: string): HostProcess;
};

type Wanted = {
  /** A file like those of deploy/topologies; its hosts get ports that nobody has. */
  readonly topology: string;
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The address that the others know of a host, where it is not its own. */
  readonly reachedAt?: Readonly<Record<string, string>>;
};

/** Every host of a topology by its name, none of them started. */
export async function someHosts(wanted: Wanted): Promise<(host: string) => SomeHost> {
  const { topology: source, dataDir, env = {}, reachedAt = {} } = wanted;
  const topology = parseTopology(readFileSync(source, 'utf8'));
  if (!('hosts' in topology)) throw new Error(`${source}: ${topology.join('; ')}`);
  const file = join(dataDir, 'topology.json');
  const hosts = new Map<string, SomeHost>();
  for (const [name, plan] of Object.entries(topology.hosts)) {
    const [port, publicPort] = [await freePort(), await freePort()];
    const internal = `http://127.0.0.1:${port}`;
    const url = plan.public ? `http://127.0.0.1:${publicPort}` : '';
    plan.at = [reachedAt[name] ?? internal];
    if (plan.public) plan.public = [url];
    const settings = {
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      RATE_LIMIT: 'off',
      DEMO: '0',
      ADMIN_EMAIL: adminEmail,
      ADMIN_PASSWORD: adminPassword,
      INTERNAL_PORT: `${port}`,
      ...env,
    };
    const by = (main?: string) =>
      new HostProcess(name, ['--topology', file, '--host', name], settings, main);
    hosts.set(name, { process: by(), internal, url, by });
  }
  writeFileSync(file, JSON.stringify(topology));
  return (host) => {
    const found = hosts.get(host);
    if (!found) throw new Error(`${source} has no host ${host}.`);
    return found;
  };
}
