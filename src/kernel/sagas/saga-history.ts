import type { Problem, SagaStepEntry } from '../ports/operator.ts';
import type { Advance } from './saga-moves.ts';
import { problemOf } from './saga-outcome.ts';
import type { Saga } from './saga-rows.ts';

/** What a try came to, for people: the last word on each step and direction, in the order of the last tries. */
export function noted(
  saga: Pick<Saga, 'step' | 'undo' | 'attempts' | 'history' | 'problem'>,
  outcome: SagaStepEntry['outcome'],
  error: unknown,
  now: number,
): Pick<Advance, 'history' | 'problem'> {
  const problem = error === undefined ? null : problemOf(error);
  const { step, attempts } = saga;
  const direction = saga.undo ? 'back' : 'forward';
  const entry = { step, direction, outcome, attempts, at: iso(now), problem } as const;
  // A saga that goes back keeps showing why, until something newer goes wrong.
  const shown: Problem | null = problem ?? (saga.undo ? saga.problem : null);
  return { history: [...without(saga.history, entry), entry], problem: shown };
}

/** The history with the try that is on its way, or that died with its process. */
export function withPresent(
  saga: Pick<Saga, 'step' | 'undo' | 'attempts' | 'history'>,
  updatedAt: number,
): readonly SagaStepEntry[] {
  const { step, attempts, history } = saga;
  const direction = saga.undo ? 'back' : 'forward';
  const last = history.find((entry) => entry.step === step && entry.direction === direction);
  if (attempts === 0 || (last && last.attempts >= attempts)) return history;
  const entry = { step, direction, outcome: 'started', attempts, at: iso(updatedAt) } as const;
  return [...without(history, entry), { ...entry, problem: last?.problem ?? null }];
}

function without(
  history: readonly SagaStepEntry[],
  { step, direction }: Pick<SagaStepEntry, 'step' | 'direction'>,
): SagaStepEntry[] {
  return history.filter((entry) => entry.step !== step || entry.direction !== direction);
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
