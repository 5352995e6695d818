import Database from 'better-sqlite3';

type Params = readonly (string | number | null)[];

/** One SQLite file as a careful hand would use it: WAL, FULL, every statement prepared once. */
export class TwinDatabase {
  readonly #file: string;
  readonly #tables: readonly string[];
  readonly #statements = new Map<string, Database.Statement>();
  #database: Database.Database | undefined;

  /** Opened at its first statement, so that to load a twin's code makes no file. */
  constructor(file: string, tables: readonly string[]) {
    this.#file = file;
    this.#tables = tables;
  }

  run(text: string, ...params: Params): void {
    this.#prepare(text).run(...params);
  }

  get<Row>(text: string, ...params: Params): Row | undefined {
    return this.#prepare(text).get(...params) as Row | undefined;
  }

  all<Row>(text: string, ...params: Params): readonly Row[] {
    return this.#prepare(text).all(...params) as Row[];
  }

  /** One transaction, one durable commit. */
  commit<T>(work: () => T): T {
    this.run('begin immediate');
    try {
      const result = work();
      this.run('commit');
      return result;
    } catch (error) {
      this.run('rollback');
      throw error;
    }
  }

  /** Leaves one file: what it has written is no longer beside it. */
  close(): void {
    this.#statements.clear();
    this.#database?.close();
    this.#database = undefined;
  }

  #prepare(text: string): Database.Statement {
    const known = this.#statements.get(text);
    if (known) return known;
    this.#database ??= this.#open();
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #open(): Database.Database {
    const database = new Database(this.#file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    for (const table of this.#tables) database.exec(table);
    return database;
  }
}

/** The bookkeeping tables that the shop has in each file, for the same durable promises. */
export const ledgerTables = [
  'create table command_keys (key text, call text, input_hash text, answer text, answered_at integer, primary key (key, call))',
  'create table outbox_subjects (subject text primary key, sequence integer not null)',
  'create table outbox (number integer primary key, subject text, sequence integer, event text, recorded_at integer, position integer)',
  'create index outbox_unpublished on outbox (number) where position is null',
  'create table outbox_progress (id integer primary key, position integer)',
  'insert into outbox_progress values (1, 0)',
  'create table sagas (id text, name text, status text, step text, state text, history text, lease_until integer, epoch integer, primary key (id, name))',
];
