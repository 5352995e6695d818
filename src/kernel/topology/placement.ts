import type { Topology } from './topology.ts';

export type Bus = 'in-process' | 'http' | 'redis' | 'rabbitmq';
export type CallsMode = 'stream' | 'request';
export type DiscoveryKind = 'static' | 'dns' | 'consul';

/** What was asked for: a topology, or the modules of this host and the addresses of the others. */
export type Asked = {
  readonly topology: Topology | undefined;
  readonly host: string | undefined;
  /** Which instance of the host, from 1. */
  readonly instance: number;
  /** Empty for all. */
  readonly modules: readonly string[];
  readonly bus: Bus | undefined;
  readonly calls: CallsMode | undefined;
  readonly discovery: DiscoveryKind | undefined;
  /** `ORDERS_URL` and the like: internal addresses of a module's instances. */
  readonly urls: ReadonlyMap<string, readonly string[]>;
};

/** Where this host stands among the others. */
export type Placement = {
  readonly host: string;
  readonly instance: number;
  readonly local: ReadonlySet<string>;
  /** Whether every module runs here, so that nothing has to reach another host. */
  readonly isWhole: boolean;
  readonly bus: Bus;
  readonly calls: CallsMode;
  readonly discovery: DiscoveryKind;
  /** The internal addresses of each module's instances, as far as they are written down. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** The host of each module, as far as a topology says it. */
  readonly hosts: ReadonlyMap<string, string>;
  /** The modules elsewhere that those of this host call or hear, or whose hosts have to hear of theirs. */
  readonly asked: readonly string[];
  /** This instance's own addresses, where the topology says them. */
  readonly at: URL | undefined;
  readonly publicAt: URL | undefined;
  /** How many instances of this host there are, as far as is written down. */
  readonly instances: number;
  /** Whether all that is written down is on this machine. */
  readonly isOneMachine: boolean;
};
