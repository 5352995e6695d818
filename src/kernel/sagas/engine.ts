import type { TraceContext } from '../ports/call-context.ts';
import type { SagasOperator } from '../ports/operator.ts';
import type { StoreTx } from '../ports/store.ts';
import type { SagaStart, SagaWake } from '../transactions.ts';
import { firstCourse } from './saga-course.ts';
import { createDefinitions, type Definitions } from './saga-definitions.ts';
import type { Pace, SagaGround } from './saga-ground.ts';
import { SagaLoop } from './saga-loop.ts';
import { createSagasOperator } from './saga-operator.ts';
import { insertSaga, type Saga, type SagaKey, wakeSaga } from './saga-rows.ts';

export type SagaEngine = {
  /** Writes the births of sagas into the transaction that starts them; a second start changes nothing. */
  startRows(raw: StoreTx, starts: readonly SagaStart[], trace: TraceContext): Promise<void>;
  /** Makes waiting sagas due, in the transaction. */
  wakeRows(raw: StoreTx, wakes: readonly SagaWake[]): Promise<void>;
  /** After the commit of either: a hint to look at once, which may get lost. */
  moved(moved: readonly SagaKey[]): void;
  start(): void;
  /**
   * Takes no further step, waits at most `graceMs` for those that run, breaks off the others, and
   * gives all leases back.
   */
  stop(graceMs?: number): Promise<void>;
  readonly operator: SagasOperator;
};

const defaultPace: Pace = { leaseMs: 10_000, pollMs: 1000, concurrency: 256 };

/** Runs one module's sagas: rows, and a loop that never stops looking for those that are due. */
export function createSagaEngine(ground: SagaGround): SagaEngine {
  const definitions = createDefinitions(ground.definitions);
  const pace = { ...defaultPace, ...ground.pace };
  const loop = new SagaLoop({ ...ground, definitions, pace });
  return {
    async startRows(raw, starts, trace) {
      for (const start of starts) await startRow(raw, start, trace, definitions, loop);
    },

    async wakeRows(raw, wakes) {
      // In one order everywhere, so that two transactions can't wait for each other.
      const sorted = wakes.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      for (const wake of sorted) await wakeSaga(raw, wake);
    },

    moved: (moved) => loop.lookFor(moved),
    start: () => loop.start(),
    stop: (graceMs = 5000) => loop.stop(graceMs),
    operator: createSagasOperator({
      ...ground,
      definitions,
      look: () => loop.lookIn(0),
      sinceLookMs: () => loop.sinceLookMs(),
    }),
  };
}

async function startRow(
  raw: StoreTx,
  { name, id, state, afterMs }: SagaStart,
  trace: TraceContext,
  definitions: Definitions,
  loop: SagaLoop,
): Promise<void> {
  const saga = definitions.newest(name);
  const { step } = firstCourse(saga);
  const birth = { id, name, version: saga.version, step, state: JSON.stringify(state), trace };
  let born: Saga | undefined;
  const lease = afterMs === 0 ? loop.leaseForBirth(raw, () => born) : undefined;
  born = await insertSaga(raw, birth, lease, afterMs);
}

function keyOf({ id, name }: SagaKey): string {
  return `${id} ${name}`;
}
