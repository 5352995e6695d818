import { setTimeout as pause } from 'node:timers/promises';

import { defineContract } from '#kernel/contract';
import { failure } from '#kernel/failure';
import type { CallContext } from '#kernel/ports/call-context';
import type { Tx } from '#kernel/ports/tx';
import { defineSaga, type Retry, type SagaDefinition } from '#kernel/sagas/define-saga';

import type { Ledger } from './ledger.ts';

export const trips = defineContract('trips', {
  calls: {},
  events: {},
  errors: {
    fullyBooked: failure('conflict', 'There is no place left.'),
    closed: failure('unavailable', 'The office is closed.'),
  },
});

export const stepNames = ['flight', 'hotel', 'car', 'ticket'] as const;
export type StepName = (typeof stepNames)[number];

/** What a step of this trip does instead of succeeding. */
export type Mishap =
  /** Refused before it took effect. */
  | 'refused'
  /** Refused by the step's transaction. */
  | 'refused in commit'
  /** Takes effect, and its answer is lost: the first time, or every time. */
  | 'answer lost once'
  | 'answer lost'
  /** Never answers. */
  | 'silent'
  /** The office is closed: for the first two tries, or for good. */
  | 'closed twice'
  | 'closed'
  /** Closed until the ledger has the sign `open`. */
  | 'closed until opened'
  /** Takes effect once the ledger has the sign `open`; says so by the sign `at <step>`. */
  | 'waits'
  /** As `waits`, but looks for the sign without giving way to anything else in its process. */
  | 'blocks';

export type Trip = {
  readonly id: string;
  readonly mishaps: Partial<Record<StepName, Mishap>>;
  readonly undoMishaps?: Partial<Record<StepName, Mishap>>;
  readonly done?: readonly string[];
};

export const impatient: Retry = { attempts: 4, firstDelayMs: 2, maxDelayMs: 5 };

export type TripOptions = {
  readonly name?: string;
  readonly version?: number;
  readonly pivot?: StepName;
  readonly timeoutMs?: number;
  readonly steps?: readonly StepName[];
  readonly retry?: Partial<Retry>;
};

/** Books what a trip needs, one thing a step: an effect in the world, and a row of our own. */
export function tripSaga(ledger: Ledger, options: TripOptions = {}): SagaDefinition<Trip> {
  const { name: sagaName = 'trip', version = 1, pivot } = options;
  const { timeoutMs = 5000, steps = stepNames } = options;
  const retry = { ...impatient, ...options.retry };
  return defineSaga<Trip>(sagaName, {
    version,
    steps: steps.map((name) => ({
      name,
      timeoutMs,
      retry,
      ...(name === pivot && { pivot: true as const }),
      run: async (ctx, { id, mishaps, done = [] }) => {
        await act(ledger, ctx, `${id} ${name}`, mishaps[name]);
        return { done: [...done, name] };
      },
      commit: async (tx, { id, mishaps }) => {
        await note(tx, id, name);
        if (mishaps[name] === 'refused in commit') throw trips.errors.fullyBooked();
      },
      undo: {
        retry,
        run: (ctx, { id, undoMishaps }) =>
          act(ledger, ctx, `${id} undo ${name}`, undoMishaps?.[name]),
        commit: (tx, { id }) => note(tx, id, `undo ${name}`),
      },
    })),
    undone: (tx, { id }, reason) => note(tx, id, `undone: ${reason.code}`),
  });
}

/** A row of our own, which counts how often its transaction was committed. */
async function note(tx: Tx, trip: string, what: string): Promise<void> {
  await tx.sql`
    insert into trip_notes (trip, what, times) values (${trip}, ${what}, 1)
    on conflict (trip, what) do update set times = trip_notes.times + 1`;
}

async function act(
  ledger: Ledger,
  { key, signal }: CallContext,
  what: string,
  mishap: Mishap | undefined,
): Promise<void> {
  switch (mishap) {
    case 'refused':
      throw trips.errors.fullyBooked();
    case 'silent':
      return await new Promise(() => undefined);
    case 'closed':
      throw trips.errors.closed();
    case 'closed until opened':
      if (!ledger.marked('open')) throw trips.errors.closed();
      break;
    case 'closed twice':
      ledger.effect(`${key} closed`, '');
      if (ledger.askedFor(`${key} closed`) <= 2) throw trips.errors.closed();
      break;
    case 'answer lost':
      ledger.effect(key, what);
      throw new Error('socket hang up');
    case 'answer lost once':
      if (ledger.effect(key, what)) throw new Error('socket hang up');
      break;
    case 'waits':
      ledger.mark(`at ${what}`);
      while (!ledger.marked('open')) await pause(5, undefined, { signal });
      break;
    case 'blocks':
      ledger.mark(`at ${what}`);
      while (!ledger.marked('open'))
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      break;
    default:
  }
  ledger.effect(key, what);
}
