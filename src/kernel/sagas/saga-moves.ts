import type { SagaStepEntry } from '../ports/operator.ts';
import type { StoreTx } from '../ports/store.ts';
import { databaseClock } from '../stores/sql-words.ts';
import type { Course } from './saga-course.ts';
import { Superseded } from './saga-outcome.ts';
import type { Lease, Saga } from './saga-rows.ts';

/** What a saga becomes by one advance. */
export type Advance = Pick<Saga, 'status' | 'step' | 'undo' | 'state' | 'history' | 'problem'>;

/** Moves the saga on, with a fresh lease, or ends it. Throws `Superseded` when it is somebody else's. */
export async function advanceSaga(
  { sql }: StoreTx,
  saga: Saga,
  to: Advance,
  lease: Lease,
): Promise<Saga> {
  const now = databaseClock(sql);
  const goesOn = to.status === 'running' || to.status === 'undoing';
  // A saga that waits for a person shows how often the step was tried.
  const attempts = goesOn ? 1 : saga.attempts;
  const ended = to.status === 'completed' || to.status === 'undone';
  const changed = await sql`
    update sagas set status = ${to.status}, step = ${to.step}, undo = ${jsonOrNull(to.undo)},
      state = ${to.state}, history = ${JSON.stringify(to.history)},
      problem = ${jsonOrNull(to.problem)}, attempts = ${attempts}, lapses = 0, woken = false,
      lease_holder = ${goesOn ? lease.holder : null}, lease_until = ${now} + ${lease.ms},
      epoch = epoch + 1, updated_at = ${now}, ended_at = case when ${ended} then ${now} end
    where id = ${saga.id} and name = ${saga.name} and epoch = ${saga.epoch}
    returning id`;
  if (changed.length === 0) throw new Superseded();
  return { ...saga, ...to, attempts, lapses: 0, epoch: saga.epoch + 1 };
}

/**
 * Leaves the saga where it stands until its next try, for any engine to take. Somebody may have woken
 * it during this try: then it is due at once. Throws `Superseded` as `advanceSaga` does.
 */
export async function postponeSaga(
  { sql }: StoreTx,
  saga: Saga,
  outcome: Pick<Saga, 'history' | 'problem'> & { readonly delayMs: number },
): Promise<void> {
  const now = databaseClock(sql);
  const changed = await sql`
    update sagas set history = ${JSON.stringify(outcome.history)},
      problem = ${jsonOrNull(outcome.problem)}, lapses = 0, lease_holder = null, lease_until = null,
      next_attempt_at = case when woken then ${now} else ${now} + ${outcome.delayMs} end,
      epoch = epoch + 1, updated_at = ${now}
    where id = ${saga.id} and name = ${saga.name} and epoch = ${saga.epoch}
    returning id`;
  if (changed.length === 0) throw new Superseded();
}

/** Sets a manual saga going again; false when somebody else was first. */
export async function resumeSaga({ sql }: StoreTx, saga: Saga, to: Course): Promise<boolean> {
  const now = databaseClock(sql);
  const resumed = await sql`
    update sagas set status = ${to.status}, step = ${to.step}, undo = ${jsonOrNull(to.undo)},
      attempts = 0, lapses = 0, woken = false, next_attempt_at = ${now}, lease_holder = null,
      epoch = epoch + 1, updated_at = ${now}
    where id = ${saga.id} and name = ${saga.name} and epoch = ${saga.epoch} and status = 'manual'
    returning id`;
  return resumed.length > 0;
}

/** Ends a manual saga. Throws `Superseded` when somebody else was first. */
export async function resolveSaga(
  { sql }: StoreTx,
  saga: Saga,
  status: 'completed' | 'undone',
  { state, history }: { readonly state: string; readonly history: readonly SagaStepEntry[] },
): Promise<void> {
  const now = databaseClock(sql);
  const resolved = await sql`
    update sagas set status = ${status}, state = ${state}, history = ${JSON.stringify(history)}, epoch = epoch + 1,
      updated_at = ${now}, ended_at = ${now}
    where id = ${saga.id} and name = ${saga.name} and epoch = ${saga.epoch} and status = 'manual'
    returning id`;
  if (resolved.length === 0) throw new Superseded();
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
