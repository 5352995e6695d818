import type { FailureRecord } from '../failure.ts';
import type { CallContext } from '../ports/call-context.ts';
import type { Tx } from '../ports/tx.ts';

/** How often a step is tried, and how long between: full jitter up to `firstDelayMs · 2^n ≤ maxDelayMs`. */
export type Retry = {
  /** Tries in all; `Infinity` for what must have an answer. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
};

/** What a step adds to the saga's state. */
export type Progress<State> = Promise<Partial<State> | void> | Partial<State> | void;

/**
 * One step, durable before it starts and after it ends.
 * `run` works outside any transaction: calls, effects. A crash repeats it with the same keys.
 * `commit` changes own rows in the transaction that records the step as done.
 * A declared failure thrown by `run` or `commit` is an answer: the step did not happen, and the steps
 * before it are undone in reverse order. Anything else (a timeout, a lost connection, a bug) is an
 * unknown outcome: it is retried, and undone too when the retries are exhausted.
 */
export type SagaStep<State> = {
  readonly name: string;
  readonly run?: (ctx: CallContext, state: State) => Progress<State>;
  readonly commit?: (tx: Tx, state: State) => Progress<State>;
  /** Undoes the step. Must be harmless when the step never happened, and when repeated. */
  readonly undo?: {
    readonly run?: (ctx: CallContext, state: State) => Progress<State>;
    readonly commit?: (tx: Tx, state: State) => Progress<State>;
  };
  /** At most this long for one try. Default 10 000 ms. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<Retry>;
  /** From here on the saga only goes forward: a failure is retried, then parked for a person. */
  readonly pivot?: true;
};

export type SagaDefinition<State = unknown> = {
  readonly name: string;
  /** Raised when the steps change; sagas in flight finish on the version that they began with. */
  readonly version: number;
  readonly steps: readonly SagaStep<State>[];
  /** Runs in the transaction that ends a saga whose steps were undone, with the failure that caused it. */
  readonly undone?: (tx: Tx, state: State, reason: FailureRecord) => Promise<void> | void;
};

/** Declares a saga. Throws a `TypeError` for duplicate step names or a step that does nothing. */
export function defineSaga<State extends object>(
  name: string,
  parts: Omit<SagaDefinition<State>, 'name'>,
): SagaDefinition<State> {
  const names = new Set<string>();
  for (const step of parts.steps) {
    if (names.has(step.name))
      throw new TypeError(`Saga ${name} has two steps called ${step.name}.`);
    if (!step.run && !step.commit)
      throw new TypeError(`Step ${step.name} of ${name} does nothing.`);
    names.add(step.name);
  }
  return { name, ...parts };
}
