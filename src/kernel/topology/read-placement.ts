import { readFileSync } from 'node:fs';

import { ConfigError } from '../config/read-settings.ts';
import type { SettingsOf } from '../config/settings.ts';
import type { Placeable } from './check-topology.ts';
import { placeHost } from './place-host.ts';
import type { DiscoveryKind, Placement } from './placement.ts';
import { parseTopology, type Topology } from './topology.ts';
import type { topologySettings } from './topology-settings.ts';

type Given = {
  readonly settings: SettingsOf<typeof topologySettings>;
  readonly discovery: DiscoveryKind | undefined;
  readonly urls: ReadonlyMap<string, readonly string[]>;
};

/** This host's place by its settings. Throws a `ConfigError` with everything that makes it impossible. */
export function readPlacement(
  { settings, discovery, urls }: Given,
  modules: readonly Placeable[],
): Placement {
  const { TOPOLOGY: file, BUS, CALLS } = settings;
  const placement = placeHost(
    {
      topology: file === undefined ? undefined : readTopology(file),
      host: settings.TOPOLOGY_HOST,
      instance: settings.TOPOLOGY_INSTANCE,
      modules: settings.MODULES,
      bus: BUS === '' ? undefined : BUS,
      calls: CALLS === '' ? undefined : CALLS,
      discovery,
      urls,
    },
    modules,
  );
  if ('local' in placement) {
    const missing = brokerProblems(placement, settings);
    if (missing.length === 0) return placement;
    throw new ConfigError(missing);
  }
  const told = file === undefined ? '' : `${file}: `;
  throw new ConfigError(placement.map((problem) => `${told}${problem}`));
}

/** Reads a topology file. Throws a `ConfigError` when it is not there, or is none. */
export function readTopology(file: string): Topology {
  const topology = parseTopology(readText(file));
  if ('hosts' in topology) return topology;
  throw new ConfigError(topology.map((problem) => `${file}: ${problem}`));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`TOPOLOGY=${file} can not be read: ${(error as Error).message}`]);
  }
}

function brokerProblems({ bus }: Placement, settings: Given['settings']): readonly string[] {
  if (bus === 'redis' && !settings.REDIS_URL) {
    return [
      'events go over redis, and REDIS_URL is not set, for example REDIS_URL=redis://127.0.0.1:6379',
    ];
  }
  if (bus === 'rabbitmq' && !settings.AMQP_URL) {
    return [
      'events go over rabbitmq, and AMQP_URL is not set, for example AMQP_URL=amqp://guest:guest@127.0.0.1:5672',
    ];
  }
  return [];
}
