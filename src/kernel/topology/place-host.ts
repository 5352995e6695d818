import { type Placeable, topologyProblems } from './check-topology.ts';
import { isLoopback } from './loopback.ts';
import { type OwnModules, ownModules } from './own-modules.ts';
import type { Asked, Bus, DiscoveryKind, Placement } from './placement.ts';

/** Finds this host's place. Answers what makes that impossible, in sentences, instead. */
export function placeHost(
  asked: Asked,
  modules: readonly Placeable[],
): Placement | readonly string[] {
  const { topology } = asked;
  const told = { bus: asked.bus ?? topology?.events, discovery: discoveryOf(asked) };
  const wrong = topology ? topologyProblems(topology.hosts, told, modules) : [];
  if (wrong.length > 0) return wrong;
  const own = ownModules(asked, modules);
  if ('problems' in own) return own.problems;
  const placement = place(asked, own, modules);
  const problems = [...reachProblems(placement, modules), ...instanceProblems(asked, own)];
  return problems.length > 0 ? problems : placement;
}

function place(asked: Asked, own: OwnModules, modules: readonly Placeable[]): Placement {
  const { topology, instance } = asked;
  const local = new Set(own.modules);
  const isWhole = local.size === modules.length;
  const addresses = addressesOf(asked);
  const bus = asked.bus ?? topology?.events ?? (isWhole ? 'in-process' : 'http');
  const discovery = discoveryOf(asked);
  const { at = [], public: doors = [] } = own.plan ?? {};
  return {
    ...{ host: own.host, instance, local, isWhole, bus, discovery, addresses },
    hosts: hostsOf(topology),
    calls: asked.calls ?? topology?.calls ?? 'stream',
    asked: isWhole ? [] : neededElsewhere(local, modules, bus).map(({ name }) => name),
    at: urlOf(at[instance - 1]),
    publicAt: urlOf(doors[instance - 1]),
    instances: Math.max(1, at.length),
    isOneMachine: discovery === 'static' && [...addresses.values()].flat().every(isLoopback),
  };
}

function discoveryOf({ discovery, topology }: Asked): DiscoveryKind {
  return discovery ?? topology?.discovery ?? 'static';
}

function reachProblems(placement: Placement, modules: readonly Placeable[]): readonly string[] {
  const { isWhole, bus, discovery, local, addresses } = placement;
  if (isWhole) return [];
  if (bus === 'in-process') {
    return [
      'BUS=in-process reaches no other host: with several, events go over http, redis or rabbitmq',
    ];
  }
  if (discovery !== 'static') return [];
  const needs = neededElsewhere(local, modules, bus);
  return needs.filter(({ name }) => !addresses.has(name)).map(nowhere);
}

function urlOf(address: string | undefined): URL | undefined {
  return address === undefined ? undefined : new URL(address);
}

/** What the topology says counts where nobody else is asked; what was set for one module, always. */
function addressesOf(asked: Asked): ReadonlyMap<string, readonly string[]> {
  const { topology, urls } = asked;
  const plans = discoveryOf(asked) === 'static' ? Object.values(topology?.hosts ?? {}) : [];
  const written = plans.flatMap(({ modules, at = [] }) =>
    at.length === 0 ? [] : modules.map((module) => [module, at] as const),
  );
  return new Map([...written, ...urls]);
}

function hostsOf(topology: Asked['topology']): ReadonlyMap<string, string> {
  const hosts = Object.entries(topology?.hosts ?? {});
  return new Map(
    hosts.flatMap(([host, { modules }]) => modules.map((one) => [one, host] as const)),
  );
}

type Need = {
  readonly name: string;
  readonly by: string;
  readonly why: 'calls' | 'hears' | 'tells';
};

/** Whom the modules here have to reach: those they call, hear, and (where events are pushed) tell. */
function neededElsewhere(
  local: ReadonlySet<string>,
  modules: readonly Placeable[],
  bus: Bus,
): readonly Need[] {
  const needs = modules.flatMap(({ name, calls, hears }): Need[] => {
    if (!local.has(name)) {
      const told = bus === 'http' ? hears.filter((source) => local.has(source)) : [];
      return told.map((source) => ({ name, by: source, why: 'tells' }));
    }
    return [
      ...calls.map((other): Need => ({ name: other, by: name, why: 'calls' })),
      ...hears.map((other): Need => ({ name: other, by: name, why: 'hears' })),
    ];
  });
  const elsewhere = needs.filter(({ name }) => !local.has(name));
  return [...new Map(elsewhere.toReversed().map((need) => [need.name, need])).values()];
}

function nowhere({ name, by, why }: Need): string {
  const setting = `${name.toUpperCase()}_URL`;
  return `${by} ${why} ${name}, which runs elsewhere, and nothing says where: set ${setting}, for example ${setting}=http://127.0.0.1:4001, or name a topology`;
}

function instanceProblems(
  { instance }: Asked,
  { host, plan }: Pick<OwnModules, 'host' | 'plan'>,
): readonly string[] {
  const count = plan?.at?.length;
  if (count === undefined || instance <= count) return [];
  return [`host ${host} has ${count} by its addresses in "at", and --instance says ${instance}`];
}
