import type { Backoff } from '../events/backoff.ts';

/** So many at once, and so many more that wait. What comes on top is refused at once. */
export type Room = { readonly inFlight: number; readonly waiting: number };

/** How this host treats one remote module. */
export type EdgePolicy = {
  /** Queries and commands: more than the fastest caller needs, and less than what fills the memory. */
  readonly calls: Room;
  /** Uploads and downloads: each holds a connection's bandwidth. */
  readonly bytes: Room;
  /** Streams stay for long, so they are counted apart. */
  readonly streams: Room;
  /** No call lasts longer, whatever its caller allows. */
  readonly mostCallMs: number;
  /** No stream, upload or download does. */
  readonly mostFlowMs: number;

  /** After the first attempt. */
  readonly mostRetries: number;
  readonly retry: Backoff;
  /** Retries that may be made at once after a time without any. */
  readonly retryBurst: number;
  /** What each answer adds: so retries are never more than this share of what is answered. */
  readonly retryShare: number;

  /** The circuit opens when more than this part of the calls in the window failed, and at least so many were made. */
  readonly failedPercent: number;
  readonly leastCalls: number;
  readonly windowMs: number;
  /** The circuit stays open between 75 and 125 percent of this, then one call probes it. */
  readonly openMs: number;
  /** A probe that takes longer opens the circuit again. Its caller may wait on. */
  readonly probeTimeoutMs: number;
  /** Who had less time than this and ran out of it says nothing about the provider. */
  readonly fairMs: number;
};

/**
 * The window, its percentage and the least number are Hystrix's, with half of its least calls. The
 * share of retries is Finagle's (RetryBudget: 20 percent); that only answers earn, and that a dead
 * dependency therefore ends its retries, is gRPC's (A6: retry throttling).
 */
export const edgeDefaults: EdgePolicy = {
  calls: { inFlight: 512, waiting: 512 },
  bytes: { inFlight: 64, waiting: 128 },
  streams: { inFlight: 1_000, waiting: 0 },
  mostCallMs: 120_000,
  mostFlowMs: 86_400_000,
  mostRetries: 3,
  retry: { firstDelayMs: 50, maxDelayMs: 1_000 },
  retryBurst: 100,
  retryShare: 0.2,
  failedPercent: 50,
  leastCalls: 10,
  windowMs: 10_000,
  openMs: 3_000,
  probeTimeoutMs: 5_000,
  fairMs: 250,
};
