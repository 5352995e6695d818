import { EventEmitter } from 'node:events';
import CircuitBreaker from 'opossum';

import type { Verdict } from './attempt.ts';
import type { EdgePolicy } from './edge-policy.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

export type Breaker<Work> = {
  state(): BreakerState;
  /** Does the work, or rejects with `CircuitOpen` without doing it. */
  run(work: Work): Promise<unknown>;
  /** What was seen of the provider beside `run`. */
  saw(verdict: Verdict): void;
  close(): void;
};

/** The provider was not asked: it has not been answering. */
export class CircuitOpen extends Error {
  constructor() {
    super('The circuit is open.');
    this.name = 'CircuitOpen';
  }
}

export type BreakerParts<Work> = {
  readonly name: string;
  readonly policy: EdgePolicy;
  readonly random: () => number;
  /** Does the work. It must end by itself: opossum would wait for ever. */
  readonly start: (work: Work) => Promise<unknown>;
  readonly verdictOn: (error: unknown, work: Work) => Verdict;
  /** The same promise, rejected with `late` when it takes longer than a probe may. */
  readonly asProbe: (late: Error, promise: Promise<unknown>) => Promise<unknown>;
  readonly changed: (state: BreakerState) => void;
};

const buckets = 10;

/**
 * opossum with all that it must be told (decision 0028). Its states and its window are used, and none
 * of its timeouts, semaphores, caches, abort controllers and percentiles.
 */
export function createBreaker<Work>(parts: BreakerParts<Work>): Breaker<Work> {
  const { start, asProbe } = parts;
  const act = (work: Work | Sighting, probe?: Probe): Promise<unknown> => {
    if (work instanceof Sighting) return work.happens();
    const answer = start(work);
    if (!probe) return answer;
    probe.answer = answer;
    return asProbe(new ProbeLate(), answer);
  };
  const { circuit, close } = openCircuit(act, parts);

  /** A probe that is late opens the circuit again. Its call goes on, and may yet close it. */
  async function probe(work: Work): Promise<unknown> {
    const probe: Probe = { answer: undefined };
    try {
      return await circuit.fire(work, probe);
    } catch (error) {
      if (!(error instanceof ProbeLate)) throw error;
      const answer = await probe.answer;
      if (circuit.opened || circuit.halfOpen) circuit.close();
      return answer;
    }
  }

  return {
    state: () => (circuit.closed ? 'closed' : circuit.halfOpen ? 'half-open' : 'open'),
    run(work) {
      if (circuit.closed) return circuit.fire(work);
      if (circuit.halfOpen && circuit.pendingClose) return probe(work);
      return Promise.reject(new CircuitOpen());
    },
    saw(verdict) {
      if (verdict === 'undecided' || !(circuit.closed || circuit.halfOpen)) return;
      circuit.fire(new Sighting(verdict)).catch(() => undefined);
    },
    close,
  };
}

type Act<Work> = (work: Work | Sighting, probe?: Probe) => Promise<unknown>;

function openCircuit<Work>(act: Act<Work>, parts: BreakerParts<Work>) {
  const { name, policy, random, verdictOn, changed } = parts;
  const rotation = new EventEmitter();
  const turning = setInterval(() => rotation.emit('rotate'), policy.windowMs / buckets).unref();

  /** opossum takes what its filter lets pass for a success, which closes a half-open circuit. */
  const isGood = (error: unknown, work: Work | Sighting): boolean => {
    if (work instanceof Sighting || error instanceof ProbeLate) return false;
    const verdict = verdictOn(error, work);
    return verdict === 'answered' || (verdict === 'undecided' && circuit.closed);
  };

  const circuit = new CircuitBreaker(act, {
    name,
    timeout: false,
    volumeThreshold: policy.leastCalls,
    errorThresholdPercentage: policy.failedPercent,
    rollingCountBuckets: buckets,
    rotateBucketController: rotation,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    resetTimeout: policy.openMs * (0.75 + random() / 2),
    errorFilter: isGood as (error: unknown) => boolean,
  });
  circuit.on('open', () => changed('open'));
  circuit.on('halfOpen', () => changed('half-open'));
  circuit.on('close', () => {
    // The failures from before would open it again at the first new one.
    for (let bucket = 0; bucket < buckets; bucket += 1) rotation.emit('rotate');
    changed('closed');
  });
  const close = () => {
    clearInterval(turning);
    circuit.shutdown();
  };
  return { circuit, close };
}

type Probe = { answer: Promise<unknown> | undefined };

/** The probe has taken too long for the circuit, though not for its caller. */
class ProbeLate extends Error {}

/** How something went that the circuit did not run itself. */
class Sighting {
  readonly #verdict: Verdict;

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  async happens(): Promise<void> {
    if (this.#verdict === 'failed') throw new Error('Seen to fail.');
  }
}
