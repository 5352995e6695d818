import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from '../ports/logger.ts';
import type { StoreTx } from '../ports/store.ts';
import type { EntityAccess } from './entities.ts';
import { isFileError, isInUse } from './sqlite-errors.ts';
import type { SqliteHandle } from './sqlite-handle.ts';
import { openSqliteTx, type SqliteTx } from './sqlite-tx.ts';
import { storeUnavailable, TransactionMisuse } from './store-failures.ts';
import type { TransactionScope } from './transaction-scope.ts';

/** A group ends after so many works or so long, whichever comes first, and then commits. */
const maxWorks = 64;
const maxGroupMs = 5;

/** Beyond so many waiting works, a new one would wait longer than its caller. */
const maxWaiting = 10_000;
/**
 * Who else may hold the file is a backup, for milliseconds, or a person's tool. So long a group waits
 * for its turn, and the process goes on meanwhile; then its works are refused.
 */
const turnWithinMs = 1000;
const turnRestMs = 10;

const tooMany = new Error(`${maxWaiting} works are waiting to be written.`);

type Work = {
  readonly run: (tx: StoreTx) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
};

/** A work that a group has begun, with its hold on the transaction. */
type Taken = SqliteTx & { readonly work: Work };

/** A work that has ended inside a group, and what its caller will hear once the group is committed. */
type Ended = Taken & {
  readonly outcome: { readonly value: unknown } | { readonly error: unknown };
};

/**
 * The only writer of a SQLite file. Works that wait at the same time share one transaction, so that
 * they share the price of making it durable: each runs in a savepoint of its own, one after another,
 * and nobody hears anything, not even a refusal, before COMMIT has returned.
 */
export class SqliteGroupCommit {
  readonly #handle: SqliteHandle;
  readonly #entityAccess: EntityAccess;
  readonly #log: Logger;
  readonly #queue: Work[] = [];
  /** Works run in the context in which the store was opened, not in that of who came first. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #busy = false;
  #fileError: unknown;
  /** Ends the running work when it waits for something that is not its store. */
  #breakOff: (() => void) | undefined;

  constructor(handle: SqliteHandle, entityAccess: EntityAccess, log: Logger) {
    this.#handle = handle;
    this.#entityAccess = entityAccess;
    this.#log = log;
  }

  add<T>(run: (tx: StoreTx) => Promise<T> | T): Promise<T> {
    if (this.#queue.length >= maxWaiting) return Promise.reject(storeUnavailable(tooMany));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, resolve, reject });
      this.#arm();
    });
  }

  /** Resolves when all works that were added have been answered. */
  async drained(): Promise<void> {
    while (this.#busy) await new Promise((resolve) => setImmediate(resolve));
  }

  /** One turn of the event loop between groups: who keeps the writer busy must not starve the rest. */
  #arm(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#outside(setImmediate, () => void this.#runGroup());
  }

  async #runGroup(): Promise<void> {
    // From here on we are among the microtasks, which `#watch` relies on.
    await undefined;
    const ended: Ended[] = [];
    const taken: Taken[] = [];
    try {
      this.#fileError = undefined;
      const overAt = performance.now() + turnWithinMs;
      while (!this.#begins(overAt)) await pause(turnRestMs);
      this.#watch();
      await this.#runWorks(taken, ended);
      this.#control('commit');
    } catch (error) {
      this.#giveUp(taken, error);
      ended.length = 0;
    }
    this.#busy = false;
    for (const one of ended) this.#tell(one);
    if (this.#queue.length > 0) this.#arm();
  }

  /** Whether the group has its turn. Throws what SQLite says, at last also that somebody has the file. */
  #begins(overAt: number): boolean {
    try {
      this.#control('begin immediate');
      return true;
    } catch (error) {
      if (!isInUse(error) || performance.now() >= overAt) throw error;
      return false;
    }
  }

  async #runWorks(taken: Taken[], ended: Ended[]): Promise<void> {
    const endAt = performance.now() + maxGroupMs;
    do {
      const work = this.#queue.shift();
      if (!work) return;
      const one = { work, ...this.#open() };
      taken.push(one);
      ended.push(await this.#runWork(one));
      if (this.#fileError !== undefined) throw this.#fileError;
    } while (taken.length < maxWorks && performance.now() < endAt);
  }

  #open(): SqliteTx {
    return openSqliteTx(this.#handle, this.#entityAccess, (error) => {
      this.#fileError = error;
    });
  }

  async #runWork(taken: Taken): Promise<Ended> {
    const { work, tx, scope } = taken;
    this.#control('savepoint work');
    try {
      const value = await this.#unlessItWaits(work.run(tx), scope);
      this.#control('release savepoint work');
      return { ...taken, outcome: { value } };
    } catch (error) {
      if (this.#fileError === undefined) {
        this.#control('rollback to savepoint work');
        this.#control('release savepoint work');
      }
      return { ...taken, outcome: { error } };
    } finally {
      scope.end('This transaction is over; its work must not keep it.');
    }
  }

  async #unlessItWaits(running: unknown, scope: TransactionScope): Promise<unknown> {
    const broken = new Promise<never>((_resolve, reject) => {
      this.#breakOff = () => {
        // At once: before the rejection has arrived, the work may go on.
        scope.end(waited);
        reject(new TransactionMisuse(waited));
      };
    });
    try {
      return await Promise.race([broken, this.#completed(running, scope)]);
    } finally {
      this.#breakOff = undefined;
    }
  }

  async #completed(running: unknown, scope: TransactionScope): Promise<unknown> {
    const value = await running;
    await scope.complete();
    return value;
  }

  /**
   * Statements of SQLite answer at once, so a work that awaits nothing else never leaves the queue of
   * microtasks. A `nextTick` that is asked for among them runs when that queue is empty: a work that
   * has not ended by then waits for something else, and would keep all others waiting with it.
   */
  #watch(): void {
    process.nextTick(() => {
      if (!this.#breakOff) return;
      this.#breakOff();
      // The next works need a watch too, asked for from among the microtasks again.
      queueMicrotask(() => this.#watch());
    });
  }

  /** Nothing of the group happened; whoever was in it, or would have been, is told so. */
  #giveUp(taken: readonly Taken[], error: unknown): void {
    const works =
      taken.length > 0 ? taken.map(({ work }) => work) : this.#queue.splice(0, maxWorks);
    const { database } = this.#handle;
    try {
      if (database.inTransaction) this.#control('rollback');
    } catch (rollbackError) {
      this.#log.error({ err: rollbackError }, 'a group of transactions could not be rolled back');
    }
    this.#log.error({ err: error, works: works.length }, 'a group of transactions failed');
    const refusal = isFileError(error) ? storeUnavailable(error) : error;
    for (const { scope } of taken) scope.tell(false, this.#log);
    for (const { reject } of works) reject(refusal);
  }

  #tell({ work, scope, outcome }: Ended): void {
    scope.tell('value' in outcome, this.#log);
    if ('error' in outcome) work.reject(outcome.error);
    else work.resolve(outcome.value as never);
  }

  #control(text: string): void {
    this.#handle.run({ text, params: [] });
  }
}

const waited =
  'A transaction waited for something other than its own store: no timers, calls, files or other stores inside it. Its writes were undone.';
