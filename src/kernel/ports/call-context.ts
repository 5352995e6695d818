import type { Logger } from './logger.ts';

export type Role = 'customer' | 'admin';

/** On whose behalf a call is made. `system` is the shop itself: a saga, a timer, a subscriber. */
export type Actor =
  | { readonly kind: 'user'; readonly id: string; readonly roles: readonly Role[] }
  | { readonly kind: 'system'; readonly id: string }
  | { readonly kind: 'anyone' };

/** W3C trace context: hex ids of 16 and 8 bytes. */
export type TraceContext = {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether whoever began the trace has it recorded; then everybody does, and else nobody. */
  readonly sampled: boolean;
};

/** All that travels with a call beside its input. Made by the kernel, never by a module. */
export type CallContext = {
  /** The module that asks, or `gateway` for the public door. */
  readonly caller: string;
  readonly actor: Actor;
  /** The idempotency key of the running command; keys of the commands that it sends derive from it. */
  readonly key: string;
  readonly trace: TraceContext;
  /** When the answer is no longer wanted: milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborted when the caller has gone or the deadline has passed. Made on first use. */
  readonly signal: AbortSignal;
  readonly log: Logger;
};

export type CallOptions = {
  /** Told apart from other commands of the same work; derived from the call's name by default. */
  readonly key?: string;
  /** At most this long, and never longer than the caller's own deadline. */
  readonly timeoutMs?: number;
};
