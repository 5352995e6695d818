export type Dialect = 'sqlite' | 'postgres';

export type SqlValue = string | number | boolean | null | Uint8Array;

/**
 * A query as a tagged template: every `${value}` becomes a parameter, never text.
 * One text serves both databases: ids, ISO times and JSON are `text` columns, milliseconds and
 * amounts `bigint` (read as numbers), flags `boolean` (read through `Boolean(...)`).
 * `sql.dialect` and `sql.forUpdate` are there for the rare difference.
 */
export type Sql = {
  <Row extends object>(
    text: TemplateStringsArray,
    ...values: readonly (SqlValue | SqlText)[]
  ): Promise<Row[]>;
  readonly dialect: Dialect;
  /** Locks the rows read until the transaction ends. SQLite has one writer, so there it is empty. */
  readonly forUpdate: SqlText;
  /** Like `forUpdate`, and passes over rows that somebody else holds. */
  readonly skipLocked: SqlText;
};

/** Trusted text inside a template; only constants of the code may become one (`raw` in #kernel/stores/sql). */
export type SqlText = { readonly text: string };

/** Reads what is committed. */
export type Reader = { readonly sql: Sql };

/**
 * A transaction on one module's store, as the store itself sees it. Modules get `Tx`
 * (ports/tx.ts), which adds events and sagas.
 */
export type StoreTx = {
  readonly sql: Sql;
  /** Runs `work`; when it throws, its writes (and only they) are undone and the error goes on. */
  savepoint<T>(work: () => Promise<T> | T): Promise<T>;
  /**
   * Runs `then` after COMMIT returned, in memory only: a crash loses it, so nothing may depend on it.
   * When this was rolled back, or nobody knows, `otherwise` runs at the end of the transaction.
   */
  afterCommit(then: () => void, otherwise?: () => void): void;
};

/**
 * One module's database. On SQLite: one writing handle with group commit and one reading handle; on
 * PostgreSQL: a small pool.
 */
export type Store = {
  readonly dialect: Dialect;
  readonly reader: Reader;
  /**
   * Runs `work` in a transaction and resolves after its COMMIT. Throws what `work` threw, or
   * `storeUnavailable` (kind unavailable) when the database can't be reached, is full, or the
   * outcome of COMMIT is unknown. `work` may run more than once, so it must have no effect but
   * its writes. On SQLite it may wait only for its own store: anything else is rolled back.
   */
  write<T>(work: (tx: StoreTx) => Promise<T> | T): Promise<T>;
  /** The database's clock in milliseconds: the one clock that leases are measured with. */
  now(): Promise<number>;
  close(): Promise<void>;
};
