import type { CallContext } from '../ports/call-context.ts';
import type { Reader } from '../ports/store.ts';
import type { Tx } from '../ports/tx.ts';
import type { Progress, Retry } from './define-saga.ts';
import type { AnySaga, Course } from './saga-course.ts';
import { undoneEnd } from './saga-course.ts';
import { stepRetry, stepTimeoutMs, undoRetry } from './saga-retry.ts';

/** What is to be done where a saga stands: a step, the undoing of one, or the ending after the last. */
export type SagaWork = {
  /** What the keys of its calls derive from, the same for every try: `checkout:<id>:undo:charge`. */
  readonly cause: string;
  readonly run: ((ctx: CallContext, state: object, read: Reader) => Progress<object>) | undefined;
  readonly commit: ((tx: Tx, state: object) => Progress<object>) | undefined;
  readonly timeoutMs: number;
  readonly retry: Retry;
};

/** Throws an `Error` when the definition has no such step: it was changed without a new version. */
export function workAt(saga: AnySaga, id: string, { step, undo }: Course): SagaWork {
  const cause = `${saga.name}:${id}`;
  if (undo && step === undoneEnd) {
    return {
      cause: `${cause}:undone`,
      run: undefined,
      commit: (tx, state) => saga.undone?.(tx, state, undo.reason),
      timeoutMs: stepTimeoutMs,
      retry: undoRetry,
    };
  }
  const found = saga.steps.find(({ name }) => name === step);
  if (!found) throw new Error(`Saga ${saga.name} version ${saga.version} has no step ${step}.`);
  const timeoutMs = found.timeoutMs ?? stepTimeoutMs;
  if (!undo) {
    const retry = { ...stepRetry, ...found.retry };
    return { cause: `${cause}:${step}`, run: found.run, commit: found.commit, timeoutMs, retry };
  }
  return {
    cause: `${cause}:undo:${step}`,
    run: found.undo?.run,
    commit: found.undo?.commit,
    timeoutMs: found.undo?.timeoutMs ?? timeoutMs,
    retry: { ...undoRetry, ...found.undo?.retry },
  };
}

/** The state with a step's progress, as JSON: what JSON can't carry is gone before anyone relies on it. */
export function withProgress(state: string, progress: Awaited<Progress<object>>): string {
  return progress ? JSON.stringify({ ...JSON.parse(state), ...progress }) : state;
}
