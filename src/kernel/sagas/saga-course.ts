import type { FailureRecord } from '../failure.ts';
import type { SagaStatus } from '../ports/operator.ts';
import type { SagaDefinition, SagaStep } from './define-saga.ts';

// biome-ignore lint/suspicious/noExplicitAny: sagas of any state; the engine stores it as JSON.
export type AnySaga = SagaDefinition<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type AnyStep = SagaStep<any>;

/** Why a saga goes back, and by name the steps to undo next, first one first, and those it could not. */
export type UndoPlan = {
  readonly reason: FailureRecord;
  readonly left: readonly string[];
  readonly failed: readonly string[];
};

/** Where a saga stands: everything that its next move depends on. Going back is having an undo plan. */
export type Course = {
  readonly status: SagaStatus;
  readonly step: string;
  readonly undo: UndoPlan | null;
};

/** The place after the last undo, where `undone` runs. No step can be called so. */
export const undoneEnd = '(end)';

export function firstCourse(saga: AnySaga): Course {
  return { status: 'running', step: (saga.steps[0] as AnyStep).name, undo: null };
}

/** The step, undo or ending where the saga stood is done. */
export function afterDone(saga: AnySaga, at: Course): Course {
  if (at.undo) {
    if (at.step === undoneEnd) return { ...at, status: 'undone' };
    return goBack(saga, { ...at.undo, left: at.undo.left.slice(1) });
  }
  const next = saga.steps[indexOf(saga, at.step) + 1];
  return next ? { ...at, step: next.name } : { ...at, status: 'completed' };
}

/** The step was refused, so it did not happen. `undefined` when there is no way back from here. */
export function afterRefusal(saga: AnySaga, at: Course, reason: FailureRecord): Course | undefined {
  const index = indexOf(saga, at.step);
  if (at.undo || index > pivotOf(saga)) return undefined;
  return goBack(saga, { reason, left: undosBefore(saga, index), failed: [] });
}

/** The last try is over, and nobody knows whether the step happened. */
export function afterLastTry(saga: AnySaga, at: Course, reason: FailureRecord): Course {
  if (at.undo) {
    if (at.step === undoneEnd) return { ...at, status: 'manual' };
    const { left, failed } = at.undo;
    return goBack(saga, { ...at.undo, left: left.slice(1), failed: [...failed, at.step] });
  }
  const index = indexOf(saga, at.step);
  const pivot = pivotOf(saga);
  const mayHaveTurned = index === pivot && !saga.steps[index]?.undo;
  const left = undosBefore(saga, index + 1);
  // Without an undo and an ending it would be over, and what it was to do forgotten.
  const nobodyHears = left.length === 0 && !saga.undone;
  if (index < 0 || index > pivot || mayHaveTurned || nobodyHears)
    return { ...at, status: 'manual' };
  return goBack(saga, { reason, left, failed: [] });
}

/** A person says: try again. Undos that failed come first to last as they were tried. */
export function afterResume(saga: AnySaga, at: Course): Course {
  if (!at.undo) return { ...at, status: 'running' };
  const { reason, left, failed } = at.undo;
  return goBack(saga, { reason, left: [...failed, ...left], failed: [] });
}

/** A person says: it shall not be. What was done, and what may have been, is to be undone. */
export function afterGivingUp(saga: AnySaga, at: Course, reason: FailureRecord): Course {
  if (at.undo) return afterResume(saga, at);
  return goBack(saga, { reason, left: undosBefore(saga, indexOf(saga, at.step) + 1), failed: [] });
}

/** There is no way back from here, not even one that a person could go: no ending says what it means. */
export function onlyGoesForward(saga: AnySaga, at: Course): boolean {
  return !at.undo && !saga.undone && indexOf(saga, at.step) >= pivotOf(saga);
}

function goBack(saga: AnySaga, undo: UndoPlan): Course {
  const [next] = undo.left;
  if (next !== undefined) return { status: 'undoing', step: next, undo };
  if (undo.failed.length > 0) return { status: 'manual', step: undo.failed[0] as string, undo };
  return { status: saga.undone ? 'undoing' : 'undone', step: undoneEnd, undo };
}

/** The steps before `index` that can be undone, last one first. */
function undosBefore(saga: AnySaga, index: number): string[] {
  const before = saga.steps.slice(0, index).filter((step) => step.undo);
  return before.map((step) => step.name).reverse();
}

function pivotOf(saga: AnySaga): number {
  const index = saga.steps.findIndex((step) => step.pivot);
  return index < 0 ? saga.steps.length : index;
}

function indexOf(saga: AnySaga, step: string): number {
  return saga.steps.findIndex(({ name }) => name === step);
}
