import type { TraceContext } from '../ports/call-context.ts';
import type { Problem, SagaStepEntry } from '../ports/operator.ts';
import type { Reader, SqlText, StoreTx } from '../ports/store.ts';
import { raw } from '../stores/sql.ts';
import { databaseClock } from '../stores/sql-words.ts';
import type { Course } from './saga-course.ts';

/** A saga as this engine took it from its row. */
export type Saga = Course & {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** JSON text, parsed anew for whoever gets it: nothing but what is stored can reach the next step. */
  readonly state: string;
  /** Tries begun where it stands, the present one included. */
  readonly attempts: number;
  /** How often a lease ran out where it stands: the process died, or stood still. */
  readonly lapses: number;
  /** Moved by every claim and every change, so that only who made the last one can make the next. */
  readonly epoch: number;
  readonly history: readonly SagaStepEntry[];
  readonly problem: Problem | null;
  readonly trace: TraceContext;
};

export type Lease = { readonly holder: string; readonly ms: number };
export type SagaKey = { readonly id: string; readonly name: string };

export type SagaRow = Omit<Saga, 'undo' | 'history' | 'problem' | 'trace'> & {
  undo: string | null;
  history: string;
  problem: string | null;
  trace: string;
};

/** What `Saga` is read from. */
export const sagaColumns = raw(
  'id, name, version, status, step, state, undo, attempts, lapses, epoch, history, problem, trace',
);

/** The states in which the engine has something to do, as the index `sagas_due` knows them. */
export const unfinished = raw(`status in ('running', 'undoing')`);

/**
 * Writes the saga's birth, unless it was born before. With a lease it is this engine's at once, so
 * that its first step needs no other transaction before it; without, it is due after so long.
 */
export async function insertSaga(
  { sql }: StoreTx,
  saga: Pick<Saga, 'id' | 'name' | 'version' | 'step' | 'state' | 'trace'>,
  lease: Lease | undefined,
  afterMs: number,
): Promise<Saga | undefined> {
  const { id, name, version, step, state, trace } = saga;
  const now = databaseClock(sql);
  const attempts = lease ? 1 : 0;
  const born = await sql`
    insert into sagas (id, name, version, status, step, state, attempts, lapses, woken,
      next_attempt_at, lease_holder, lease_until, epoch, history, trace, started_at, updated_at)
    values (${id}, ${name}, ${version}, 'running', ${step}, ${state}, ${attempts}, 0, false,
      ${now} + ${afterMs}, ${lease?.holder ?? null}, ${now} + ${lease?.ms ?? 0}, 1, '[]',
      ${JSON.stringify(trace)}, ${now}, ${now})
    on conflict do nothing returning id`;
  if (born.length === 0) return undefined;
  const nothing = { undo: null, lapses: 0, epoch: 1, history: [], problem: null };
  return { ...saga, ...nothing, status: 'running', attempts };
}

/**
 * Leases what is due and nobody's, oldest first. A lease that ran out is nobody's: taking it counts as
 * a lapse; taking a saga that waited counts as its next try.
 */
export async function claimDue(
  { sql }: StoreTx,
  lease: Lease,
  known: SqlText,
  limit: number,
): Promise<Saga[]> {
  const now = databaseClock(sql);
  const rows = await sql<SagaRow>`
    with due as materialized (
      select id as due_id, name as due_name from sagas
      where ${unfinished} and next_attempt_at <= ${now} and ${known}
        and (lease_holder is null or lease_until <= ${now})
      order by next_attempt_at limit ${limit} ${sql.skipLocked})
    update sagas set lease_holder = ${lease.holder}, lease_until = ${now} + ${lease.ms},
      epoch = epoch + 1, woken = false,
      attempts = attempts + case when lease_holder is null then 1 else 0 end,
      lapses = lapses + case when lease_holder is null then 0 else 1 end
    where (id, name) in (select due_id, due_name from due)
    returning ${sagaColumns}`;
  return rows.map(toSaga);
}

/** Whether a claim would find anything: looking costs no transaction. */
export async function anyDue({ sql }: Reader, known: SqlText): Promise<boolean> {
  const now = databaseClock(sql);
  const due = await sql`
    select 1 as due from sagas
    where ${unfinished} and next_attempt_at <= ${now} and ${known}
      and (lease_holder is null or lease_until <= ${now})
    limit 1`;
  return due.length > 0;
}

/** Holds on to the saga while its step runs; false when it is somebody else's by now. */
export async function renewLease({ sql }: StoreTx, saga: Saga, lease: Lease): Promise<boolean> {
  const renewed = await sql`
    update sagas set lease_until = ${databaseClock(sql)} + ${lease.ms}
    where id = ${saga.id} and name = ${saga.name} and epoch = ${saga.epoch} returning id`;
  return renewed.length > 0;
}

/**
 * Reads again what this engine leads, after a write whose outcome it does not know or did not expect.
 * `undefined` when the saga is somebody else's, or over.
 */
export async function retakeSaga(
  { sql }: StoreTx,
  { id, name }: SagaKey,
  lease: Lease,
): Promise<Saga | undefined> {
  const [row] = await sql<SagaRow>`
    update sagas set lease_until = ${databaseClock(sql)} + ${lease.ms}, epoch = epoch + 1
    where id = ${id} and name = ${name} and lease_holder = ${lease.holder} and ${unfinished}
    returning ${sagaColumns}`;
  return row && toSaga(row);
}

/** Makes all that `holder` leads free for others at once; the tries that it broke off do not count. */
export async function giveBackLeases({ sql }: StoreTx, holder: string): Promise<void> {
  await sql`
    update sagas set lease_holder = null, lease_until = null, epoch = epoch + 1,
      attempts = case when attempts > 0 then attempts - 1 else 0 end
    where ${unfinished} and lease_holder = ${holder}`;
}

/** Only where no other process can be alive: ends the leases of all holders but this one. */
export async function endDeadLeases({ sql }: StoreTx, holder: string): Promise<void> {
  await sql`
    update sagas set lease_until = 0
    where ${unfinished} and lease_holder is not null and lease_holder <> ${holder}`;
}

/** Makes a waiting saga due; one that is running at this moment will not wait after this try. */
export async function wakeSaga({ sql }: StoreTx, { id, name }: SagaKey): Promise<boolean> {
  const woken = await sql`
    update sagas set woken = true, next_attempt_at = ${databaseClock(sql)}
    where id = ${id} and name = ${name} and ${unfinished} returning id`;
  return woken.length > 0;
}

export function toSaga(row: SagaRow): Saga {
  return {
    ...row,
    undo: parsed(row.undo),
    history: JSON.parse(row.history),
    problem: parsed(row.problem),
    trace: JSON.parse(row.trace),
  };
}

function parsed<T>(text: string | null): T | null {
  return text === null ? null : JSON.parse(text);
}
