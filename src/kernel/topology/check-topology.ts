import type { Bus, DiscoveryKind } from './placement.ts';
import type { Topology } from './topology.ts';

/** A module as a topology needs to know it: who it is, and whom it calls and hears. */
export type Placeable = {
  readonly name: string;
  readonly calls: readonly string[];
  readonly hears: readonly string[];
};

/**
 * Everything that makes a topology impossible, in sentences: a module that is missing, there twice or
 * unknown, hosts that others can not find, events that can not travel. Empty for one that can run.
 */
export function topologyProblems(
  hosts: Topology['hosts'],
  { bus, discovery }: { readonly bus: Bus | undefined; readonly discovery: DiscoveryKind },
  modules: readonly Placeable[],
): readonly string[] {
  const plans = Object.entries(hosts);
  const needsAddresses = discovery === 'static' && plans.length > 1;
  return [
    ...placementProblems(plans, modules),
    ...plans.flatMap(([host, { at }]) =>
      needsAddresses && !at
        ? [`host ${host} has no address: say in "at" where other hosts reach it`]
        : [],
    ),
    ...addressProblems(plans),
    ...doorProblems(plans),
    ...(bus === 'in-process' && plans.length > 1
      ? [
          'events in-process reach no other host: with several hosts they go over http, redis or rabbitmq',
        ]
      : []),
  ];
}

type Plans = readonly (readonly [string, Topology['hosts'][string]])[];

function placementProblems(plans: Plans, modules: readonly Placeable[]): readonly string[] {
  const known = new Set(modules.map(({ name }) => name));
  const hostsOf = new Map<string, string[]>();
  for (const [host, plan] of plans) {
    for (const module of plan.modules) hostsOf.set(module, [...(hostsOf.get(module) ?? []), host]);
  }
  const all = [...known].join(', ');
  return [
    ...[...hostsOf].flatMap(([module, hosts]) => [
      ...(known.has(module)
        ? []
        : [`there is no module ${module} (host ${hosts[0]}): there are ${all}`]),
      ...(hosts.length > 1
        ? [
            `module ${module} runs in ${hosts.join(' and in ')}: a module has one host, with an instance for each address in "at"`,
          ]
        : []),
    ]),
    ...[...known].flatMap((module) =>
      hostsOf.has(module) ? [] : [`module ${module} runs nowhere: name it in a host`],
    ),
  ];
}

function addressProblems(plans: Plans): readonly string[] {
  const users = new Map<string, string[]>();
  for (const [host, plan] of plans) {
    for (const address of [...(plan.at ?? []), ...(plan.public ?? [])]) {
      users.set(address, [...(users.get(address) ?? []), host]);
    }
  }
  return [...users].flatMap(([address, hosts]) => [
    ...(URL.canParse(address)
      ? []
      : [`${address} (host ${hosts[0]}) is no address such as http://10.0.0.5:4000`]),
    ...(hosts.length > 1 ? [`${address} is given twice, to ${hosts.join(' and ')}`] : []),
  ]);
}

function doorProblems(plans: Plans): readonly string[] {
  return plans.flatMap(([host, plan]) => {
    const hasDoor = plan.modules.includes('gateway');
    if (plan.public && !hasDoor) {
      return [`host ${host} has a "public" address, and the gateway runs elsewhere`];
    }
    if (plan.public && plan.at && plan.public.length !== plan.at.length) {
      return [
        `host ${host} has ${plan.at.length} addresses in "at" and ${plan.public.length} in "public"`,
      ];
    }
    return [];
  });
}
