import assert from 'node:assert/strict';

import { createBalancer, type OpenBalancer } from '#kernel/discovery/balancer';
import type { EjectionPolicy } from '#kernel/discovery/outliers';
import { staticDiscovery } from '#kernel/discovery/static';
import type { Discovery, Instance, Turn } from '#kernel/ports/discovery';
import { seededRandom } from '#test/random';

export const policy: EjectionPolicy = {
  avoidedMs: 1_000,
  failuresInRow: 3,
  firstEjectionMs: 1_000,
  maxEjectionMs: 8_000,
  forgivenAfterMs: 60_000,
  maxEjectedShare: 0.5,
  probeTimeoutMs: 5_000,
};

export function scene(count: number) {
  const urls = Array.from({ length: count }, (_, at) => `http://10.0.0.${at + 1}:4000`);
  return {
    ...sceneOf(staticDiscovery({ orders: urls })),
    at: (nth: number) => urls[nth] as string,
  };
}

export function sceneOf(discovery: Discovery) {
  let now = 1_000_000;
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
  const random = seededRandom(7);
  return { clock, balancer: createBalancer({ discovery, clock, random, ejection: policy }) };
}

/** A turn on the instance with that id, or on whichever is chosen. */
export function chosen(balancer: OpenBalancer, id?: string): Turn {
  const others = new Set<string>();
  for (let draw = 0; draw < 1_000; draw += 1) {
    const turn = balancer.choose('orders', others);
    assert.ok(turn);
    if (id === undefined || turn.instance.id === id) return turn;
    turn.done('abandoned');
    others.add(turn.instance.id);
  }
  throw new Error(`${id} was not chosen in 1,000 draws.`);
}

export function failInRow(balancer: OpenBalancer, id: string, times: number): void {
  for (let time = 0; time < times; time += 1) chosen(balancer, id).done('failed');
}

export function idsOf(balancer: OpenBalancer, draws: number): Set<string> {
  const ids = new Set<string>();
  for (let draw = 0; draw < draws; draw += 1) {
    const turn = chosen(balancer);
    ids.add(turn.instance.id);
    turn.done('answered');
  }
  return ids;
}

export function ejected(balancer: OpenBalancer): number | undefined {
  return balancer.survey()[0]?.ejected;
}

/** A discovery that knows what the test tells it. */
export function tellable(ids: readonly string[]) {
  const watchers = new Set<() => void>();
  const make = (names: readonly string[], urls: readonly string[]): readonly Instance[] =>
    names.map((id, at) => ({ id, url: urls[at] ?? `http://${id}` }));
  let now = make(ids, []);
  const discovery: Discovery = {
    name: 'told',
    instancesOf: () => now,
    watch(_module, changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    start: async () => undefined,
    leave: async () => undefined,
    close: async () => undefined,
  };
  return {
    discovery,
    tell(names: readonly string[], urls: readonly string[] = []) {
      now = make(names, urls);
      for (const changed of watchers) changed();
    },
  };
}
