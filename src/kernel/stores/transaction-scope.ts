import type { Logger } from '../ports/logger.ts';
import type { OrmSavepoints } from './orm-session.ts';
import { TransactionMisuse } from './store-failures.ts';

/** What a transaction carries beside its statements: an entity manager with unwritten changes. */
export type Companion = { flush(): Promise<void>; clear(): void };

/** `hooks` is how many there were when it began. */
type Level = { readonly name: string; readonly hooks: number; failed: unknown };

/** `undone` with the savepoint that it was added in. */
type Hook = { readonly then: () => void; readonly otherwise: () => void; undone: boolean };

/**
 * The life of one transaction, the same on both databases: after a failed statement nothing more
 * runs in it, except after a savepoint around that statement was rolled back (PostgreSQL insists on
 * this, SQLite is made to); savepoints nest; when the transaction is over nobody can use it.
 */
export class TransactionScope {
  companion: Companion | undefined;
  readonly #hooks: Hook[] = [];
  readonly #control: (text: string) => Promise<void> | void;
  readonly #levels: [Level, ...Level[]] = [{ name: 'transaction', hooks: 0, failed: undefined }];
  #over: string | undefined;

  /** `control` runs a statement that is not a module's: a savepoint or its end. */
  constructor(control: (text: string) => Promise<void> | void) {
    this.#control = control;
  }

  /** Throws unless a statement may run now. */
  check(): void {
    if (this.#over !== undefined) throw new TransactionMisuse(this.#over);
    const { failed } = this.#innermost;
    if (failed !== undefined) {
      throw new TransactionMisuse(
        'An earlier statement of this transaction failed. To go on after one, put it in a savepoint.',
        failed,
      );
    }
  }

  /** Notes that a statement failed. Answers the error, to be thrown. */
  failed(error: unknown): unknown {
    this.#innermost.failed ??= error;
    return error;
  }

  /** From now on nobody can use the transaction; who tries is told `why`. */
  end(why: string): void {
    this.#over ??= why;
  }

  readonly afterCommit = (then: () => void, otherwise: () => void = () => undefined): void => {
    if (this.#over !== undefined) throw new TransactionMisuse(this.#over);
    this.#hooks.push({ then, otherwise, undone: false });
  };

  /** Tells those who waited for COMMIT whether it came. Whatever one of them throws is its own affair. */
  tell(committed: boolean, log: Logger): void {
    for (const { then, otherwise, undone } of this.#hooks.splice(0)) {
      try {
        if (committed && !undone) then();
        else otherwise();
      } catch (error) {
        log.error({ err: error }, 'a hook after the end of a transaction failed');
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
    const name = `level_${this.#levels.length}`;
    const level = await this.#enter(name);
    try {
      const result = await work();
      this.#refuseUnlessInnermost(level);
      await this.complete();
      await this.savepoints.release(name);
      return result;
    } catch (error) {
      if (this.#over === undefined) {
        this.#refuseUnlessInnermost(level);
        this.companion?.clear();
        await this.savepoints.rollbackTo(name);
      }
      throw error;
    }
  };

  /** The same for whoever keeps the names: MikroORM, for transactions inside ours. */
  readonly savepoints: OrmSavepoints = {
    savepoint: async (name) => {
      await this.#enter(name);
    },
    rollbackTo: async (name) => {
      const first = this.#leave(name)?.hooks ?? this.#hooks.length;
      for (const hook of this.#hooks.slice(first)) hook.undone = true;
      await this.#control(`rollback to savepoint ${name}`);
      await this.#control(`release savepoint ${name}`);
    },
    release: async (name) => {
      this.check();
      await this.#control(`release savepoint ${name}`);
      this.#leave(name);
    },
  };

  async #enter(name: string): Promise<Level> {
    this.check();
    const level: Level = { name, hooks: this.#hooks.length, failed: undefined };
    this.#levels.push(level);
    await this.#control(`savepoint ${name}`);
    return level;
  }

  #leave(name: string): Level | undefined {
    if (this.#over !== undefined) throw new TransactionMisuse(this.#over);
    const at = this.#levels.findLastIndex((level) => level.name === name);
    return at > 0 ? this.#levels.splice(at)[0] : undefined;
  }

  get #innermost(): Level {
    return this.#levels.at(-1) as Level;
  }

  #refuseUnlessInnermost(level: Level): void {
    if (this.#over !== undefined) throw new TransactionMisuse(this.#over);
    if (this.#innermost === level) return;
    const misuse = new TransactionMisuse(
      'Savepoints of one transaction overlap. Await each before the next one begins.',
    );
    for (const one of this.#levels) one.failed ??= misuse;
    throw misuse;
  }
}
