import type { Clock } from '../ports/clock.ts';
import type { Balancer, Discovery, Turn } from '../ports/discovery.ts';
import { systemClock } from '../system-clock.ts';
import { type EjectionPolicy, ejectionDefaults, type Member } from './outliers.ts';
import { Pool } from './pool.ts';

export type BalancerOptions = {
  readonly discovery: Discovery;
  readonly clock?: Clock;
  /** Numbers in [0, 1). */
  readonly random?: () => number;
  readonly ejection?: Partial<EjectionPolicy>;
};

/** What a balancer makes of one module's instances at the moment. */
export type PoolSurvey = {
  readonly module: string;
  readonly known: number;
  readonly ejected: number;
  /** Since the start. */
  readonly ejections: number;
};

export type OpenBalancer = Balancer & {
  survey(): readonly PoolSurvey[];
  /** Stops to watch the discovery. Turns that were given may still end. */
  close(): void;
};

/**
 * Power of two choices by calls in flight: of two instances drawn by chance the less busy one. A slow
 * instance has more in flight and so gets less, without anyone measuring its time.
 */
export function createBalancer(options: BalancerOptions): OpenBalancer {
  const { discovery, clock = systemClock, random = Math.random } = options;
  const policy = { ...ejectionDefaults, ...options.ejection };
  const pools = new Map<string, Pool>();
  const unwatch: (() => void)[] = [];

  const poolOf = (module: string): Pool => {
    const known = pools.get(module);
    if (known) return known;
    const pool = new Pool(policy, clock, random);
    const adopt = () => pool.adopt(discovery.instancesOf(module));
    pools.set(module, pool);
    unwatch.push(discovery.watch(module, adopt));
    adopt();
    return pool;
  };

  return {
    choose(module, except) {
      const pool = pools.get(module) ?? poolOf(module);
      const member = pool.pick(except);
      return member && new OneTurn(pool, member);
    },

    awaitInstance: (module, signal) => firstInstance(discovery, module, signal),

    survey: () =>
      [...pools].map(([module, { size, ejected, ejections }]) => ({
        ...{ module, known: size, ejected, ejections },
      })),

    close() {
      for (const stop of unwatch) stop();
      pools.clear();
    },
  };
}

/** Made for every call, so it is a class with few fields. */
class OneTurn implements Turn {
  readonly #pool: Pool;
  readonly #member: Member;
  readonly #wasEjected: boolean;
  #isDone = false;

  constructor(pool: Pool, member: Member) {
    this.#pool = pool;
    this.#member = member;
    this.#wasEjected = member.ejected;
    member.inFlight += 1;
  }

  get instance() {
    return this.#member.instance;
  }

  done(outcome: 'answered' | 'failed' | 'abandoned'): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const member = this.#member;
    member.inFlight -= 1;
    if (outcome === 'failed') this.#pool.failed(member, this.#wasEjected);
    else if (outcome === 'answered') this.#answered(member);
    else if (this.#wasEjected) this.#pool.undecided(member);
  }

  #answered(member: Member): void {
    // What was sent before the ejection and answered after it is no news of the instance's health.
    if (member.ejected && !this.#wasEjected) return;
    if (member.failuresInRow > 0 || member.ejected) this.#pool.answered(member);
  }
}

function firstInstance(
  discovery: Discovery,
  module: string,
  signal: AbortSignal,
): Promise<boolean> {
  const isKnown = () => discovery.instancesOf(module).length > 0;
  if (isKnown() || signal.aborted) return Promise.resolve(isKnown());
  return new Promise((resolve) => {
    const end = (found: boolean) => {
      stop();
      signal.removeEventListener('abort', over);
      resolve(found);
    };
    const over = () => end(false);
    const stop = discovery.watch(module, () => isKnown() && end(true));
    signal.addEventListener('abort', over, { once: true });
  });
}
