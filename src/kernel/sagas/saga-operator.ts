import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SagasOperator } from '../ports/operator.ts';
import type { Store, StoreTx } from '../ports/store.ts';
import type { Tx } from '../ports/tx.ts';
import type { Write } from '../ports/work.ts';
import { afterResume } from './saga-course.ts';
import type { Definitions } from './saga-definitions.ts';
import { iso } from './saga-history.ts';
import { findSaga, listSagas, toEntry } from './saga-listing.ts';
import { resolveSaga, resumeSaga } from './saga-moves.ts';
import { Superseded } from './saga-outcome.ts';
import { type Resolution, sagaNotResolvable, writeResolution } from './saga-resolution.ts';
import { type Saga, toSaga, wakeSaga } from './saga-rows.ts';

type OperatorGround = {
  readonly store: Store;
  readonly write: Write;
  readonly clock: Clock;
  readonly log: Logger;
  readonly definitions: Definitions;
  readonly look: () => void;
  readonly sinceLookMs: () => number;
};

/**
 * What people see and mend. Sagas of different names may have one id (that of their order): `id` means
 * the one most in need of somebody, `name:id` exactly one.
 */
export function createSagasOperator(ground: OperatorGround): SagasOperator {
  const { store, write, log } = ground;
  const find = async (id: string) => {
    const row = await findSaga(store.reader.sql, id);
    return row && toSaga(row);
  };
  return {
    list: (filter) => listSagas(store.reader.sql, filter),
    sinceLookMs: ground.sinceLookMs,

    async show(id) {
      const row = await findSaga(store.reader.sql, id);
      return row && toEntry(row);
    },

    async resume(id) {
      const saga = await find(id);
      const resumed = saga && (await store.write((raw) => resume(raw, saga, ground)));
      if (!resumed) return false;
      log.info({ saga: saga.name, id: saga.id }, 'a saga was resumed by hand');
      ground.look();
      return true;
    },

    async resolve(id, outcome, note) {
      const saga = await find(id);
      if (saga?.status !== 'manual') return false;
      const end = (tx: Tx, raw: StoreTx) => resolve(tx, raw, saga, outcome, note, ground);
      const resolved = await write(saga.trace, end).catch(falseIfSuperseded);
      if (resolved)
        log.info({ saga: saga.name, id: saga.id, outcome, note }, 'a saga was resolved by hand');
      return resolved;
    },
  };
}

/** A saga that is under way is only woken; one that is over stays so. */
async function resume(raw: StoreTx, saga: Saga, { definitions }: OperatorGround): Promise<boolean> {
  if (saga.status !== 'manual') return await wakeSaga(raw, saga);
  const definition = definitions.find(saga);
  return definition ? await resumeSaga(raw, saga, afterResume(definition, saga)) : false;
}

async function resolve(
  tx: Tx,
  raw: StoreTx,
  saga: Saga,
  outcome: Resolution,
  note: string,
  { definitions, clock }: OperatorGround,
): Promise<boolean> {
  const definition = definitions.find(saga);
  if (!definition) {
    const why = `This host does not know version ${saga.version} of ${saga.name}: ask one that does.`;
    throw sagaNotResolvable({ why });
  }
  const state = await writeResolution(tx, saga, definition, outcome);
  const problem = { code: 'resolved_by_hand', title: note };
  const direction = saga.undo ? 'back' : 'forward';
  const at = iso(clock.now());
  const entry = {
    step: '(by hand)',
    direction,
    outcome: 'done',
    attempts: 1,
    at,
    problem,
  } as const;
  await resolveSaga(raw, saga, outcome, { state, history: [...saga.history, entry] });
  return true;
}

function falseIfSuperseded(error: unknown): boolean {
  if (error instanceof Superseded) return false;
  throw error;
}
