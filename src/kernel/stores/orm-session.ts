import type { SqlEntityManager } from '@mikro-orm/sql';

import type { Dialect, Sql } from '../ports/store.ts';

export type EntityManager = SqlEntityManager;

/** The way from a template tag to the entity manager of the same transaction (entities.ts). */
export const entityManagerOf = Symbol('entity manager');

export type StoreSql = Sql & { readonly [entityManagerOf]: () => EntityManager };

/** What the ORM needs of a database: to run a statement, wherever our own statements run. */
export type OrmConnection = {
  /** Runs one statement. `affected` counts the rows that it changed. */
  execute(text: string, params: readonly unknown[]): Promise<OrmResult>;
};

export type OrmResult = { readonly rows: object[]; readonly affected: number };

/** Savepoints that the ORM makes for nested transactions. */
export type OrmSavepoints = {
  savepoint(name: string): Promise<void>;
  rollbackTo(name: string): Promise<void>;
  release(name: string): Promise<void>;
};

/** The database as the ORM sees it outside any transaction of ours. */
export type OrmDatabase = {
  readonly dialect: Dialect;
  /** The schema of the module's tables; SQLite has none. */
  readonly schema: string | undefined;
  readonly connection: OrmConnection;
};
