import { createContext, newTrace } from '#kernel/calls/context';
import { createLogger } from '#kernel/log';
import type { Clock } from '#kernel/ports/clock';
import type { SagaEntry, SagasOperator } from '#kernel/ports/operator';
import type { Store } from '#kernel/ports/store';
import type { MakeContext, Write } from '#kernel/ports/work';
import type { SagaDefinition } from '#kernel/sagas/define-saga';
import { createSagaEngine, type SagaEngine } from '#kernel/sagas/engine';
import type { Pace } from '#kernel/sagas/saga-ground';
import { sagaMigrations } from '#kernel/sagas/saga-migrations';
import { migration } from '#kernel/stores/migration';
import { openStore } from '#kernel/stores/open-store';
import { systemClock, systemIds } from '#kernel/system-clock';
import { createWrite } from '#kernel/transactions';
import { until } from '#test/until';

import { type Trip, trips } from './trip-saga.ts';

export type Said = { readonly level: string; readonly msg: string; readonly id?: string };

/** Where an office keeps its rows: a folder for SQLite, or an empty PostgreSQL database. */
export type Place = { readonly dataDir: string; readonly url?: string };

export type Office = {
  readonly store: Store;
  readonly write: Write;
  readonly engine: SagaEngine;
  readonly operator: SagasOperator;
  /** The log lines so far. */
  readonly said: readonly Said[];
  /** Starts a saga in a transaction of its own. */
  begin(trip: Trip, name?: string): Promise<void>;
  /** Waits until the saga has ended, or waits for a person. */
  ended(id: string): Promise<SagaEntry>;
  /** The module's own rows: what was committed for a trip, in any order, with how often. */
  notes(id: string): Promise<Record<string, number>>;
  close(): Promise<void>;
};

export type OfficeOptions = {
  readonly place: Place;
  // biome-ignore lint/suspicious/noExplicitAny: sagas of any state.
  readonly definitions: readonly SagaDefinition<any>[];
  readonly instance?: string;
  readonly pace?: Partial<Pace>;
  readonly clock?: Clock;
  readonly onManual?: (saga: { id: string; name: string }) => void;
  readonly onLog?: (line: string) => void;
};

const notesTable = migration('trips-0001-notes', [
  `create table trip_notes (
    trip text not null,
    what text not null,
    times integer not null,
    primary key (trip, what)
  )`,
]);

/** Short, so that tests outlive it; the pace may say otherwise. */
export const leaseMs = 400;

/** Opens a store and an engine on it, which looks often; it runs nothing before `engine.start()`. */
export async function openOffice(options: OfficeOptions): Promise<Office> {
  const { place, definitions, instance = systemIds.next(), clock = systemClock } = options;
  const said: Said[] = [];
  const log = createLogger('info', {
    write(line) {
      said.push(JSON.parse(line));
      options.onLog?.(line);
    },
  });
  const store = await openStore({
    module: 'trips',
    definition: { entities: [], migrations: [notesTable] },
    kernelMigrations: sagaMigrations,
    url: place.url === undefined ? undefined : new URL(place.url),
    dataDir: place.dataDir,
    log,
  });
  const write = createWrite({
    contract: trips,
    store,
    clock,
    ids: systemIds,
    companions: {
      appendEvents: async () => undefined,
      eventsCommitted: () => undefined,
      startSagas: (raw, starts, trace) => engine.startRows(raw, starts, trace),
      wakeSagas: (raw, wakes) => engine.wakeRows(raw, wakes),
      sagasCommitted: (moved) => engine.moved(moved),
    },
  });
  const { onManual } = options;
  const engine = createSagaEngine({
    ...{ module: 'trips', store, write, definitions, clock, log, instance },
    makeContext: contextMaker(clock, log),
    pace: { leaseMs, pollMs: 20, ...options.pace },
    ...(onManual && { onManual }),
  });
  return {
    ...{ store, write, engine, said, operator: engine.operator },
    begin: (trip, name = 'trip') =>
      write(newTrace(), (tx) => tx.startSaga({ name }, trip.id, trip)),
    ended: (id) => ended(engine.operator, id),
    notes: (id) => notes(store, id),
    async close() {
      await engine.stop();
      await store.close();
    },
  };
}

function contextMaker(clock: Clock, log: ReturnType<typeof createLogger>): MakeContext {
  return ({ key, timeoutMs, trace = newTrace(), signal: gone }) =>
    createContext({
      ...{ caller: 'trips', actor: { kind: 'system', id: 'trips' }, key, trace, clock, log, gone },
      deadline: clock.now() + timeoutMs,
    });
}

async function ended(operator: SagasOperator, id: string): Promise<SagaEntry> {
  const isOver = (saga: SagaEntry | undefined) =>
    saga && saga.status !== 'running' && saga.status !== 'undoing' ? saga : undefined;
  return await until(async () => isOver(await operator.show(id)), {
    what: `saga ${id} to end`,
    timeoutMs: 20_000,
  });
}

async function notes({ reader }: Store, id: string): Promise<Record<string, number>> {
  const rows = await reader.sql<{ what: string; times: number }>`
    select what, times from trip_notes where trip = ${id}`;
  return Object.fromEntries(rows.map(({ what, times }) => [what, times]));
}
