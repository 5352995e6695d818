import type { Instance } from '../ports/discovery.ts';

export type EjectionPolicy = {
  /** Who failed so recently is chosen only beside one that did too: the next try goes elsewhere. */
  readonly avoidedMs: number;
  /** So many failures in a row, and an instance is left out. */
  readonly failuresInRow: number;
  /** Left out so long at first, doubled each time it fails again, between 75 and 125 percent of it. */
  readonly firstEjectionMs: number;
  readonly maxEjectionMs: number;
  /** Whoever was well for so long begins with the first ejection again. */
  readonly forgivenAfterMs: number;
  /** Never more than this share of a module's instances. */
  readonly maxEjectedShare: number;
  /** A probe that has said nothing for so long is no longer waited for. */
  readonly probeTimeoutMs: number;
};

/**
 * Envoy's manner of outlier detection (five consecutive failures, ejection time grows with each,
 * a maximum share), with shorter times: a probe here is one call, which is tried again elsewhere.
 */
export const ejectionDefaults: EjectionPolicy = {
  avoidedMs: 1_000,
  failuresInRow: 5,
  firstEjectionMs: 1_000,
  maxEjectionMs: 10_000,
  forgivenAfterMs: 60_000,
  maxEjectedShare: 0.5,
  probeTimeoutMs: 30_000,
};

/** What is remembered of an instance. One object for its whole life, so that a call only counts. */
export class Member {
  readonly instance: Instance;
  inFlight = 0;
  failuresInRow = 0;
  failedAt = 0;
  ejected = false;
  /** How often in a row it was left out. */
  ejections = 0;
  /** The next call may try it again: milliseconds since the epoch. */
  probeAt = 0;
  returnedAt = 0;

  constructor(instance: Instance) {
    this.instance = instance;
  }
}

/** How long to leave it out this time. */
export function ejectionMs(
  { ejections }: Member,
  { firstEjectionMs, maxEjectionMs }: EjectionPolicy,
  random: () => number,
): number {
  const ceiling = Math.min(maxEjectionMs, firstEjectionMs * 2 ** Math.max(0, ejections - 1));
  return ceiling * (0.75 + random() / 2);
}
