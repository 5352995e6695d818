import type { Balancer, Instance } from '#kernel/ports/discovery';

export type StaticBalancer = Balancer & {
  /** The module also runs there from now on. */
  add(module: string, instance: Instance): void;
  remove(module: string, id: string): void;
  /** How the uses of instances went. */
  readonly outcomes: {
    readonly answered: number;
    readonly failed: number;
    readonly abandoned: number;
  };
};

/** The instances of each module take turns. For tests of transports. */
export function staticBalancer(): StaticBalancer {
  const known = new Map<string, Instance[]>();
  const outcomes = { answered: 0, failed: 0, abandoned: 0 };
  let next = 0;
  return {
    outcomes,
    add(module, instance) {
      known.set(module, [...(known.get(module) ?? []), instance]);
    },
    remove(module, id) {
      known.set(
        module,
        (known.get(module) ?? []).filter((one) => one.id !== id),
      );
    },
    choose(module, except) {
      const all = known.get(module) ?? [];
      const left = except ? all.filter(({ id }) => !except.has(id)) : all;
      const instance = left[next++ % left.length];
      if (!instance) return undefined;
      return {
        instance,
        done(outcome) {
          outcomes[outcome] += 1;
        },
      };
    },
    awaitInstance: async (module) => (known.get(module) ?? []).length > 0,
  };
}
