import type { Placeable } from './check-topology.ts';
import type { Asked } from './placement.ts';
import type { HostPlan } from './topology.ts';

/** The modules of this host, its name, and its plan where a topology has one. */
export type OwnModules = {
  readonly host: string;
  readonly modules: readonly string[];
  readonly plan: HostPlan | undefined;
};

type Problems = { readonly problems: readonly string[] };

/** Which modules run here: those that `--modules` names, those of `--host`, or all. */
export function ownModules(asked: Asked, modules: readonly Placeable[]): OwnModules | Problems {
  const unknown = asked.modules.filter((name) => !modules.some((one) => one.name === name));
  if (unknown.length > 0) {
    const all = modules.map(({ name }) => name).join(', ');
    const problems = unknown.map((name) => `there is no module ${name}: there are ${all}`);
    return { problems };
  }
  return asked.topology ? fromTopology(asked, asked.topology.hosts) : fromModules(asked, modules);
}

function fromModules(asked: Asked, modules: readonly Placeable[]): OwnModules | Problems {
  if (asked.modules.length === 0 && (asked.host !== undefined || asked.instance > 1)) {
    return wrong(
      '--host and --instance say which host of a topology this is, and there is none: give --topology FILE, or --modules',
    );
  }
  const own = [...new Set(asked.modules)];
  const isWhole = own.length === 0 || own.length === modules.length;
  const named = isWhole ? modules.map(({ name }) => name) : own;
  return {
    host: asked.host ?? (isWhole ? 'shop' : own.join('-')),
    modules: named,
    plan: undefined,
  };
}

function fromTopology(
  { host, modules }: Asked,
  hosts: Readonly<Record<string, HostPlan>>,
): OwnModules | Problems {
  const all = Object.keys(hosts);
  const chosen = host ?? (modules.length > 0 ? sameHost(hosts, modules) : onlyOne(all));
  if (chosen === undefined && modules.length > 0) {
    // A host that the topology does not know: it says only where the others are.
    return { host: modules.join('-'), modules, plan: undefined };
  }
  const there = all.join(', ');
  if (chosen === undefined) {
    return wrong(`the topology has ${all.length} hosts, and --host does not say which: ${there}`);
  }
  const plan = hosts[chosen];
  if (!plan) return wrong(`the topology has no host ${chosen}: there are ${there}`);
  if (modules.length > 0 && !isSame(plan.modules, modules)) {
    const [has, says] = [plan.modules.join(', '), modules.join(', ')];
    return wrong(`--host ${chosen} has ${has}, and --modules says ${says}: give one of the two`);
  }
  return { host: chosen, modules: plan.modules, plan };
}

function wrong(problem: string): Problems {
  return { problems: [problem] };
}

function sameHost(hosts: Readonly<Record<string, HostPlan>>, modules: readonly string[]) {
  return Object.keys(hosts).find((name) => isSame(hosts[name]?.modules ?? [], modules));
}

function onlyOne(all: readonly string[]): string | undefined {
  return all.length === 1 ? all[0] : undefined;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name));
}
