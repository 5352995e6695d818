import type { AnyContract, EventMaker, NewEvent } from './contract.ts';
import type { TraceContext } from './ports/call-context.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { Sql, Store, StoreTx } from './ports/store.ts';
import type { SagaName, Tx } from './ports/tx.ts';
import type { Write } from './ports/work.ts';
import { compileValidator, type Validator } from './validator.ts';

export type SagaStart = {
  readonly name: string;
  readonly id: string;
  readonly state: object;
  readonly afterMs: number;
};
export type SagaWake = { readonly name: string; readonly id: string };

/** Who writes the kernel's own rows with a module's, and is told after they are committed. */
export type Companions = {
  appendEvents(
    raw: StoreTx,
    events: readonly NewEvent[],
    cause: { trace: TraceContext; nowIso: string; newId(): string },
  ): Promise<void>;
  eventsCommitted(): void;
  startSagas(raw: StoreTx, starts: readonly SagaStart[], trace: TraceContext): Promise<void>;
  wakeSagas(raw: StoreTx, wakes: readonly SagaWake[]): Promise<void>;
  sagasCommitted(moved: readonly SagaWake[]): void;
};

type Ground = {
  readonly contract: AnyContract;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly companions: Companions;
};

/** Makes the one way in which a module's rows, events and sagas are written: together, or not at all. */
export function createWrite({ contract, store, clock, ids, companions }: Ground): Write {
  const validators = eventValidators(contract);
  return (trace, work) =>
    store.write(async (raw) => {
      const tx = new ModuleTx(raw.sql, clock.now(), ids, validators, raw.afterCommit);
      try {
        const result = await work(tx, raw);
        await writeCompanions(raw, tx, trace, companions);
        return result;
      } finally {
        tx.end();
      }
    });
}

async function writeCompanions(
  raw: StoreTx,
  { events, starts, wakes, nowIso, newId }: ModuleTx,
  trace: TraceContext,
  companions: Companions,
): Promise<void> {
  if (events.length > 0) {
    await companions.appendEvents(raw, events, { trace, nowIso, newId });
    raw.afterCommit(companions.eventsCommitted);
  }
  if (starts.length > 0) await companions.startSagas(raw, starts, trace);
  if (wakes.length > 0) await companions.wakeSagas(raw, wakes);
  if (starts.length + wakes.length > 0) {
    raw.afterCommit(() => companions.sagasCommitted([...starts, ...wakes]));
  }
}

class ModuleTx implements Tx {
  readonly now: number;
  readonly events: NewEvent[] = [];
  readonly starts: SagaStart[] = [];
  readonly wakes: SagaWake[] = [];
  readonly newId: () => string;
  readonly #sql: Sql;
  readonly #validators: ReadonlyMap<string, Validator>;
  readonly #afterCommit: StoreTx['afterCommit'];
  #ended = false;

  constructor(
    sql: Sql,
    now: number,
    ids: Ids,
    validators: ReadonlyMap<string, Validator>,
    afterCommit: StoreTx['afterCommit'],
  ) {
    this.#sql = sql;
    this.now = now;
    this.newId = () => ids.next();
    this.#validators = validators;
    this.#afterCommit = afterCommit;
  }

  get sql(): Sql {
    this.#refuseWhenEnded();
    return this.#sql;
  }

  get nowIso(): string {
    return new Date(this.now).toISOString();
  }

  publish(event: NewEvent): void {
    this.#refuseWhenEnded();
    const validator = this.#validators.get(event.name);
    if (!validator?.check(event.data)) {
      const wrong = validator?.errors(event.data) ?? 'it is not in the contract';
      throw new TypeError(`Event ${event.contract}.${event.name}: ${JSON.stringify(wrong)}`);
    }
    this.events.push(event);
  }

  startSaga({ name }: SagaName, id: string, state: object, { afterMs } = { afterMs: 0 }): void {
    this.#refuseWhenEnded();
    if (!(afterMs >= 0)) throw new TypeError(`Saga ${name} can not start ${afterMs} ms from now.`);
    this.starts.push({ name, id, state, afterMs: Math.round(afterMs) });
  }

  wakeSaga({ name }: SagaName, id: string): void {
    this.#refuseWhenEnded();
    this.wakes.push({ name, id });
  }

  afterCommit(then: () => void): void {
    this.#refuseWhenEnded();
    this.#afterCommit(then);
  }

  end(): void {
    this.#ended = true;
  }

  #refuseWhenEnded(): void {
    if (this.#ended) throw new Error('This transaction has ended; its handler must not keep it.');
  }
}

function eventValidators(contract: AnyContract): ReadonlyMap<string, Validator> {
  const makers: EventMaker[] = Object.values(contract.events);
  return new Map(
    makers.map(({ event, schema }) => [
      event,
      compileValidator(schema, { unknownFields: 'ignore' }),
    ]),
  );
}
