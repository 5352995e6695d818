import type { Instance } from '../ports/discovery.ts';

/** What a discovery has learnt so far. It forgets nothing by itself: only another answer replaces an answer. */
export type KnownInstances = {
  of(module: string): readonly Instance[];
  watch(module: string, changed: () => void): () => void;
  /** Replaces what was known, and tells the watchers if that makes a difference. */
  learn(module: string, instances: readonly Instance[]): void;
};

/** More instances of one module than this are no shop, but a mistake of whoever told of them. */
const mostInstances = 1_000;

const nobody: readonly Instance[] = [];

export function knownInstances(): KnownInstances {
  const known = new Map<string, readonly Instance[]>();
  const watchers = new Map<string, Set<() => void>>();
  return {
    of: (module) => known.get(module) ?? nobody,

    watch(module, changed) {
      const ofModule = watchers.get(module) ?? new Set();
      watchers.set(module, ofModule);
      // Wrapped, so that one function may watch twice and stop once.
      const told = () => changed();
      ofModule.add(told);
      return () => ofModule.delete(told);
    },

    learn(module, instances) {
      const next = distinct(instances).slice(0, mostInstances);
      if (isSame(known.get(module) ?? nobody, next)) return;
      known.set(module, next);
      for (const told of [...(watchers.get(module) ?? [])]) told();
    },
  };
}

/** In one order, whatever the order they were told in: that says nothing about them. */
function distinct(instances: readonly Instance[]): Instance[] {
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isSame(some: readonly Instance[], others: readonly Instance[]): boolean {
  if (some.length !== others.length) return false;
  return some.every(({ id, url }, at) => id === others[at]?.id && url === others[at]?.url);
}
