import type { FailureRecord } from '../failure.ts';
import type { CallContext } from '../ports/call-context.ts';
import type { Reader } from '../ports/store.ts';
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

type Run<State> = (ctx: CallContext, state: State, read: Reader) => Progress<State>;

/**
 * One step, durable before it starts and after it ends.
 * `run` works outside any transaction: calls, effects. It reads committed rows, so the state need not
 * hold what they do. A crash repeats it with the same keys.
 * `commit` changes own rows in the transaction that records the step as done. Where a person ends the
 * saga it runs without `run`: if it can't do without what that adds to the state, it throws.
 * A declared failure thrown by `run` or `commit` is an answer: the step did not happen, and the steps
 * before it are undone in reverse order. Anything else (a timeout, a lost connection, a bug) is an
 * unknown outcome: it is retried, and undone too when the retries are exhausted; where nothing is
 * there to undo, and no ending of the saga, a person is asked instead.
 */
export type SagaStep<State> = {
  readonly name: string;
  readonly run?: Run<State>;
  readonly commit?: (tx: Tx, state: State) => Progress<State>;
  /** Undoes the step. Must be harmless when the step never happened, and when repeated. */
  readonly undo?: SagaUndo<State>;
  /** At most this long for one try of `run`. Default 10 000 ms. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<Retry>;
  /**
   * The point of no return. A refusal of the pivot itself still undoes the steps before it; once it
   * is done the saga only goes forward: every failure of a later step is retried, then parked for a
   * person. So is a pivot without `undo` whose outcome stays unknown: it may have happened.
   */
  readonly pivot?: true;
};

export type SagaUndo<State> = {
  readonly run?: Run<State>;
  readonly commit?: (tx: Tx, state: State) => Progress<State>;
  /** The step's own by default. */
  readonly timeoutMs?: number;
  /** Any failure is retried; when the tries are exhausted the other undos go on, and a person is asked. */
  readonly retry?: Partial<Retry>;
};

export type SagaDefinition<State = unknown> = {
  readonly name: string;
  /** Raised when the steps change; sagas in flight finish on the version that they began with. */
  readonly version: number;
  readonly steps: readonly SagaStep<State>[];
  /**
   * Runs in the transaction that ends a saga whose steps were undone, with the failure that caused it.
   * What it answers is kept in the ended saga's state: here a secret of a step that was refused goes.
   */
  readonly undone?: (tx: Tx, state: State, reason: FailureRecord) => Progress<State>;
};

/**
 * Declares a saga. Throws a `TypeError` for a name that is no identifier, a version that is no whole
 * number, no steps, two steps of one name, and a step that does nothing.
 */
export function defineSaga<State extends object>(
  name: string,
  parts: Omit<SagaDefinition<State>, 'name'>,
): SagaDefinition<State> {
  if (!/^[a-zA-Z][a-zA-Z0-9]*$/.test(name)) throw new TypeError(`Saga ${name} needs a plain name.`);
  if (!Number.isInteger(parts.version)) throw new TypeError(`Saga ${name} needs a whole version.`);
  if (parts.steps.length === 0) throw new TypeError(`Saga ${name} has no steps.`);
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
