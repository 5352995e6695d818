import { Failure, failure, failureMaker } from '../failure.ts';
import type { Tx } from '../ports/tx.ts';
import { Type } from '../schema.ts';
import {
  type AnySaga,
  afterDone,
  afterGivingUp,
  type Course,
  onlyGoesForward,
} from './saga-course.ts';
import { problemOf } from './saga-outcome.ts';
import type { Saga } from './saga-rows.ts';
import { withProgress, workAt } from './saga-work.ts';

export type Resolution = 'completed' | 'undone';

export const sagaNotResolvable = failureMaker(
  'kernel',
  'sagaNotResolvable',
  failure('conflict', 'The saga can not be ended so.', Type.Object({ why: Type.String() })),
);

const resolvedByHand = failureMaker(
  'kernel',
  'sagaResolvedByHand',
  failure('conflict', 'A person ended this work by hand.'),
);

/**
 * Writes what a parked saga would have written on its way to this end: the commits of the steps, or
 * of the undos, that are left. What those run outside a transaction, a person has done instead.
 * Answers the state at the end. Throws `sagaNotResolvable` when the saga can't end so; then nothing
 * may be committed.
 */
export async function writeResolution(
  tx: Tx,
  saga: Saga,
  definition: AnySaga,
  resolution: Resolution,
): Promise<string> {
  let at = courseTo(resolution, saga, definition);
  let { state } = saga;
  while (at.status !== resolution) {
    state = await writePlace(tx, state, saga.id, definition, at);
    at = afterDone(definition, at);
  }
  return state;
}

function courseTo(resolution: Resolution, saga: Saga, definition: AnySaga): Course {
  if (resolution === 'completed') {
    if (saga.undo)
      throw sagaNotResolvable({ why: 'It goes back. Resume it, or end it as undone.' });
    return { status: 'running', step: saga.step, undo: null };
  }
  if (onlyGoesForward(definition, saga))
    throw sagaNotResolvable({ why: 'It only goes forward. Resume it, or end it as completed.' });
  return afterGivingUp(definition, saga, resolvedByHand().toRecord());
}

async function writePlace(
  tx: Tx,
  state: string,
  id: string,
  definition: AnySaga,
  at: Course,
): Promise<string> {
  try {
    return withProgress(state, await workAt(definition, id, at).commit?.(tx, JSON.parse(state)));
  } catch (error) {
    // The kernel's own say that the store is away, not that the rows refuse.
    if (error instanceof Failure && error.contract === 'kernel') throw error;
    throw sagaNotResolvable({ why: `${at.step}: ${problemOf(error).title}` });
  }
}
