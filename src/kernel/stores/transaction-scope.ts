import type { Logger } from '../ports/logger.ts';
import { TransactionMisuse } from './store-failures.ts';

/** Statements of a transaction that are not a module's: savepoints and their ends. */
export type Control = (text: string) => Promise<void> | void;

/** What a transaction carries beside its statements: an entity manager with unwritten changes. */
export type Companion = { flush(): Promise<void>; clear(): void };

type Level = { failed: unknown };

/**
 * The life of one transaction, the same on both databases: after a failed statement nothing more
 * runs in it, except after a savepoint around that statement was rolled back (PostgreSQL insists on
 * this, SQLite is made to); savepoints nest; when the transaction is over nobody can use it.
 */
export class TransactionScope {
  companion: Companion | undefined;
  readonly #hooks: (() => void)[] = [];
  readonly #control: Control;
  readonly #levels: [Level, ...Level[]] = [{ failed: undefined }];
  #over: string | undefined;

  constructor(control: Control) {
    this.#control = control;
  }

  /** Throws unless a statement may run now. */
  check(): void {
    if (this.#over !== undefined) throw new TransactionMisuse(this.#over);
    const { failed } = this.#levels.at(-1) as Level;
    if (failed !== undefined) {
      throw new TransactionMisuse(
        'An earlier statement of this transaction failed. To go on after one, put it in a savepoint.',
        failed,
      );
    }
  }

  /** Notes that a statement failed. Answers the error, to be thrown. */
  failed(error: unknown): unknown {
    (this.#levels.at(-1) as Level).failed ??= error;
    return error;
  }

  /** From now on nobody can use the transaction; who tries is told `why`. */
  end(why: string): void {
    this.#over ??= why;
  }

  readonly afterCommit = (then: () => void): void => {
    if (this.#over !== undefined) throw new TransactionMisuse(this.#over);
    this.#hooks.push(then);
  };

  /** Tells those who waited for COMMIT. Whatever one of them throws is its own affair. */
  committed(log: Logger): void {
    for (const hook of this.#hooks) {
      try {
        hook();
      } catch (error) {
        log.error({ err: error }, 'a hook after COMMIT failed');
      }
    }
  }

  /** Writes what the entity manager still holds, and throws when the work swallowed an error. */
  async complete(): Promise<void> {
    this.check();
    if (!this.companion) return;
    await this.companion.flush();
    this.check();
  }

  readonly savepoint = async <T>(work: () => Promise<T> | T): Promise<T> => {
    await this.complete();
    const level: Level = { failed: undefined };
    const hooks = this.#hooks.length;
    const name = `level_${this.#levels.push(level)}`;
    try {
      await this.#control(`savepoint ${name}`);
      const result = await work();
      this.#refuseUnlessInnermost(level);
      await this.complete();
      await this.#control(`release savepoint ${name}`);
      return result;
    } catch (error) {
      await this.#undo(level, name, hooks);
      throw error;
    } finally {
      this.#levels.splice(this.#levels.indexOf(level), 1);
    }
  };

  async #undo(level: Level, name: string, hooks: number): Promise<void> {
    if (this.#over !== undefined) return;
    this.companion?.clear();
    this.#hooks.length = hooks;
    this.#refuseUnlessInnermost(level);
    await this.#control(`rollback to savepoint ${name}`);
    await this.#control(`release savepoint ${name}`);
  }

  #refuseUnlessInnermost(level: Level): void {
    if (this.#over !== undefined) throw new TransactionMisuse(this.#over);
    if (this.#levels.at(-1) === level) return;
    const misuse = new TransactionMisuse(
      'Savepoints of one transaction overlap. Await each before the next one begins.',
    );
    this.#levels[0].failed ??= misuse;
    throw misuse;
  }
}
