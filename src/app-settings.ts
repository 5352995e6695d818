import { hostSettings, moduleDatabaseSetting } from '#kernel/config/host-settings';
import { ConfigError, type Environment, readSettings } from '#kernel/config/read-settings';
import type { SettingsOf } from '#kernel/config/settings';
import { discoverySettings, moduleUrlSetting } from '#kernel/discovery/discovery-settings';
import { internalPort } from '#kernel/http/operator';
import { callsOfRoutes } from '#kernel/http/route';
import type { ModuleDefinition } from '#kernel/module';
import type { Placeable } from '#kernel/topology/check-topology';
import { isLoopback } from '#kernel/topology/loopback';
import type { Placement } from '#kernel/topology/placement';
import { readPlacement } from '#kernel/topology/read-placement';
import { topologySettings } from '#kernel/topology/topology-settings';
import { trustSettings } from '#kernel/trust/trust-settings';
import { urlHost } from '#kernel/url-host';

/** All that the environment says to a host, parsed once. */
export type AppSettings = {
  readonly placement: Placement;
  readonly own: SettingsOf<typeof hostSettings>;
  readonly topology: SettingsOf<typeof topologySettings>;
  readonly discovery: SettingsOf<typeof discoverySettings>;
  readonly trust: SettingsOf<typeof trustSettings>;
  /** NODE_ENV=production: nothing is made up that strangers could know. */
  readonly isProduction: boolean;
  /** The settings of each module that runs here, by its name. */
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The PostgreSQL of a module; without one it has a SQLite file. */
  databaseOf(module: string): URL | undefined;
};

/**
 * Reads what a host has to know: first where it stands, then what its modules want. `modules` are all of
 * the shop, the gateway among them. Throws one `ConfigError` with everything that is wrong.
 */
export function readAppSettings(
  environment: Environment,
  modules: readonly ModuleDefinition[],
): AppSettings {
  const problems: string[] = [];
  const placement = collecting(problems, () => placementOf(environment, modules));
  const here = modules.filter(({ contract }) => placement?.local.has(contract.name) ?? true);
  const read = collecting(problems, () => readAll(withAddresses(environment, placement), here));
  if (!placement || !read) throw new ConfigError(problems);
  refuseImpossible(placement, read);
  return { ...read, placement, isProduction: environment.NODE_ENV === 'production' };
}

/** Where the door is elsewhere, the internal port without a word is the one beside its default. */
const defaultPublicPort = 3000;

/** The public port that this host's internal one goes with. */
export function publicPortOf({ modules }: Pick<AppSettings, 'modules'>): number {
  return (modules.gateway as { PORT?: number } | undefined)?.PORT ?? defaultPublicPort;
}

type Read = Omit<AppSettings, 'placement' | 'isProduction'>;

function readAll(environment: Environment, here: readonly ModuleDefinition[]): Read {
  const names = here.map(({ contract }) => contract.name);
  const { own, topology, discovery, trust, databases, ...modules } = readSettings(environment, {
    ...Object.fromEntries(here.map(({ contract, settings }) => [contract.name, settings])),
    ...{ own: hostSettings, topology: topologySettings },
    ...{ discovery: discoverySettings, trust: trustSettings },
    databases: Object.fromEntries(names.map(moduleDatabaseSetting)),
  });
  const read = { own, topology, discovery, trust, modules } as unknown as Omit<Read, 'databaseOf'>;
  const databaseOf = (module: string) =>
    (databases?.[moduleDatabaseSetting(module)[0]] as URL | undefined) ?? read.own.DATABASE_URL;
  return { ...read, databaseOf };
}

function placementOf(environment: Environment, modules: readonly ModuleDefinition[]): Placement {
  const names = modules.map(({ contract }) => contract.name);
  const { topology, discovery, urls } = readSettings(environment, {
    topology: topologySettings,
    discovery: discoverySettings,
    urls: Object.fromEntries(names.map(moduleUrlSetting)),
  });
  const written = names.flatMap((name) => {
    const list = (urls?.[moduleUrlSetting(name)[0]] ?? []) as readonly string[];
    return list.length > 0 ? [[name, list] as const] : [];
  });
  return readPlacement(
    {
      settings: topology as AppSettings['topology'],
      // What nobody has set, the topology may say.
      discovery: environment.DISCOVERY
        ? (discovery as AppSettings['discovery']).DISCOVERY
        : undefined,
      urls: new Map(written),
    },
    modules.map((module) => placeable(module, modules)),
  );
}

/** What the gateway calls stands in the routes of all modules; what others call, in their manifests. */
export function placeable(module: ModuleDefinition, all: readonly ModuleDefinition[]): Placeable {
  const { contract, calls, hears } = module;
  const isDoor = contract.name === 'gateway';
  const routed = isDoor ? callsOfRoutes(all.flatMap(({ routes }) => routes)) : [];
  const called = [...calls.map(({ name }) => name), ...routed.map(({ contract: name }) => name)];
  return {
    name: contract.name,
    calls: [...new Set(called)],
    hears: hears.map(({ name }) => name),
  };
}

/** A topology says on which ports its hosts listen; the environment has the last word. */
function withAddresses(environment: Environment, placement: Placement | undefined): Environment {
  const port = (at: URL | undefined) =>
    at && (at.port || (at.protocol === 'https:' ? '443' : '80'));
  return {
    ...environment,
    PORT: environment.PORT || port(placement?.publicAt),
    INTERNAL_PORT: environment.INTERNAL_PORT || port(placement?.at),
  };
}

/** What only all of the settings together show. */
function refuseImpossible(placement: Placement, read: Read): void {
  const { at, host, instances, local, discovery } = placement;
  const { INTERNAL_BIND, INTERNAL_PORT } = read.own;
  const publicPort = publicPortOf(read);
  const internal = internalPort(INTERNAL_PORT, publicPort);
  const { INTERNAL_URL } = read.topology;
  const isAnywhere = INTERNAL_BIND === '0.0.0.0' || INTERNAL_BIND === '::';
  const problems = [
    ...(discovery === 'consul' && isAnywhere && !INTERNAL_URL && !at
      ? [
          `DISCOVERY=consul tells the other hosts where this one is, and INTERNAL_BIND=${INTERNAL_BIND} does not say, for example INTERNAL_URL=http://10.0.0.5:4000`,
        ]
      : []),
    ...(at && !isLoopback(at.href) && isLoopback(`http://${urlHost(INTERNAL_BIND)}`)
      ? [
          `other hosts reach this one at ${at.origin}, and INTERNAL_BIND=${INTERNAL_BIND} lets in nobody from elsewhere, for example INTERNAL_BIND=0.0.0.0`,
        ]
      : []),
    ...(internal > 65_535
      ? [
          `PORT=${publicPort} leaves no port 1000 above it for the internal listener, for example INTERNAL_PORT=4000`,
        ]
      : []),
    ...[...local].flatMap((module) =>
      instances > 1 && module !== 'gateway' && !read.databaseOf(module)
        ? [
            `host ${host} has ${instances} instances, and ${module} is on SQLite, which one process can have: set ${moduleDatabaseSetting(module)[0]} or DATABASE_URL`,
          ]
        : [],
    ),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
}

function collecting<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems.filter((problem) => !problems.includes(problem)));
    return undefined;
  }
}
