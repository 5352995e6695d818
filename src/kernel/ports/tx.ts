import type { NewEvent } from '../contract.ts';
import type { Sql } from './store.ts';

/**
 * What a command's `commit`, a subscriber or a saga step may do: change own rows, publish events,
 * start sagas. It holds no caller: nobody can be asked inside a transaction.
 */
export type Tx = {
  readonly sql: Sql;
  /** The clock when the transaction began, in milliseconds since the epoch. */
  readonly now: number;
  /** The same instant in ISO 8601 UTC. */
  readonly nowIso: string;
  /** A new UUIDv7. */
  newId(): string;
  /** Writes the event with this transaction; it is heard only if the transaction commits. */
  publish(event: NewEvent): void;
  /**
   * Starts a saga with this transaction, under an id that makes starting it twice harmless. With
   * `afterMs` it is a durable timer: its first step comes when that time has passed, whatever dies
   * meanwhile; what has become void until then, the step finds out.
   */
  startSaga(saga: SagaName, id: string, state: object, when?: { readonly afterMs: number }): void;
  /** Runs a waiting saga's current step now: instead of at its next retry, or of when its timer ends. */
  wakeSaga(saga: SagaName, id: string): void;
  /** Runs after COMMIT, in memory only: a crash loses it, so nothing may depend on it. */
  afterCommit(then: () => void): void;
};

export type SagaName = { readonly name: string };
