import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Topology } from '#kernel/topology/topology';
import { makeSigningKey, publicTextOf, seedOf } from '#kernel/trust/service-keys';

import { adminEmail, adminPassword } from './customer.ts';
import { freePort } from './free-port.ts';
import { HostProcess } from './host-process.ts';

/** One instance of a host, and where it listens. Nobody but itself is told that by the topology. */
export type FoundHost = {
  readonly process: HostProcess;
  readonly port: number;
  /** Its internal listener. */
  readonly internal: string;
  /** Its public door, if it has one. */
  readonly url: string;
};

/** A shop whose topology has no addresses: its hosts find each other. */
export type FoundShop = {
  /** One more instance, not yet started, on ports that nobody has, with settings of its own. */
  instance(host: string, env?: Readonly<Record<string, string>>): Promise<FoundHost>;
  /** Whatever was started is ended as a crash does. */
  kill(): Promise<void>;
};

type Plan = {
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  readonly discovery: Exclude<Topology['discovery'], undefined | 'static'>;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
};

export function planFoundShop({ hosts, discovery, dataDir, env }: Plan): FoundShop {
  const plans = Object.entries(hosts).map(([host, modules]) => [host, { modules: [...modules] }]);
  const topology: Topology = { discovery, hosts: Object.fromEntries(plans) };
  const file = join(dataDir, 'topology.json');
  writeFileSync(file, JSON.stringify(topology));
  // Where hosts are found, they may be anywhere: nothing makes their keys up.
  const keys = new Map(Object.keys(hosts).map((host) => [host, makeSigningKey()]));
  const trusted = [...keys].map(([host, key]) => {
    return { host, modules: hosts[host], key: publicTextOf(key) };
  });
  const started: FoundHost[] = [];
  const counts = new Map<string, number>();
  return {
    async instance(host, own = {}) {
      const key = keys.get(host);
      if (!key) throw new Error(`There is no host ${host}.`);
      const nth = (counts.get(host) ?? 0) + 1;
      counts.set(host, nth);
      const [port, publicPort] = [await freePort(), await freePort()];
      const flags = ['--topology', file, '--host', host, '--instance', `${nth}`];
      const found = {
        process: new HostProcess(`${host}-${nth}`, flags, {
          DATA_DIR: dataDir,
          LOG_LEVEL: 'info',
          RATE_LIMIT: 'off',
          DEMO: '0',
          ADMIN_EMAIL: adminEmail,
          ADMIN_PASSWORD: adminPassword,
          INTERNAL_PORT: `${port}`,
          PORT: `${publicPort}`,
          SERVICE_KEY: seedOf(key),
          SERVICE_TRUST: JSON.stringify(trusted),
          ...env,
          ...own,
        }),
        port,
        internal: `http://127.0.0.1:${port}`,
        url: `http://127.0.0.1:${publicPort}`,
      };
      started.push(found);
      return found;
    },
    async kill() {
      await Promise.all(started.map((one) => one.process.kill()));
    },
  };
}
