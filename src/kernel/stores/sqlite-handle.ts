import type Database from 'better-sqlite3';

import type { BoundStatement } from './sql.ts';

/** More texts than the code of a module has; what comes after is composed at run time. */
const maxPrepared = 500;

/** A connection to a SQLite file that prepares each statement once. */
export class SqliteHandle {
  readonly database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement<unknown[], object>>();

  constructor(database: Database.Database) {
    this.database = database;
  }

  /** The rows of a `select` or `returning`; none for other statements. Throws what SQLite says. */
  run({ text, params }: Pick<BoundStatement, 'text' | 'params'>): object[] {
    const statement = this.prepare(text);
    if (statement.reader) return statement.all(params);
    statement.run(params);
    return [];
  }

  /** The oldest text goes when there are too many: SQLite frees it once it is garbage. */
  prepare(text: string): Database.Statement<unknown[], object> {
    const known = this.#prepared.get(text);
    if (known) return known;
    const statement = this.database.prepare<unknown[], object>(text);
    if (this.#prepared.size >= maxPrepared) {
      const [oldest] = this.#prepared.keys();
      this.#prepared.delete(oldest as string);
    }
    this.#prepared.set(text, statement);
    return statement;
  }
}
