import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Dialect as KyselyDialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

import type { Dialect } from '../ports/store.ts';
import type { OrmConnection, OrmSavepoints } from './orm-session.ts';
import { TransactionMisuse } from './store-failures.ts';

/** Who may begin a transaction through the ORM: migrations do, modules have theirs from the store. */
export type Transactions = 'begun here' | 'begun by the store';

/** Kysely's view of a connection of ours, so that the ORM opens none of its own. */
export function ormDialect(
  dialect: Dialect,
  connection: OrmConnection,
  transactions: Transactions,
): KyselyDialect {
  const driver = ormDriver(connection, transactions);
  return dialect === 'sqlite'
    ? {
        createAdapter: () => new OpenSqliteAdapter(),
        createDriver: () => driver,
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      }
    : {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => driver,
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      };
}

/**
 * Kysely would let one query at a time through to SQLite, and nobody any more once a transaction was
 * refused. Here queries end before they return, and transactions are not Kysely's.
 */
class OpenSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

export function ormDriver(
  connection: OrmConnection,
  transactions: Transactions,
  savepoints: OrmSavepoints = plainSavepoints(connection),
): Driver {
  const held = kyselyConnection(connection);
  const control = async (text: string) => {
    if (transactions === 'begun by the store') {
      throw new TransactionMisuse(
        'Only `store.write` begins a transaction; a reader writes nothing.',
      );
    }
    await connection.execute(text, []);
  };
  return {
    init: async () => {},
    acquireConnection: async () => held,
    beginTransaction: () => control('begin'),
    commitTransaction: () => control('commit'),
    rollbackTransaction: () => control('rollback'),
    savepoint: (_connection, name) => savepoints.savepoint(name),
    rollbackToSavepoint: (_connection, name) => savepoints.rollbackTo(name),
    releaseSavepoint: (_connection, name) => savepoints.release(name),
    releaseConnection: async () => {},
    // The store owns the connection, and closes it.
    destroy: async () => {},
  };
}

export function kyselyConnection(connection: OrmConnection): DatabaseConnection {
  const executeQuery = async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
    const { rows, affected } = await connection.execute(sql, parameters);
    return { rows: rows as R[], numAffectedRows: BigInt(affected) };
  };
  return {
    executeQuery,
    async *streamQuery<R>(query: CompiledQuery) {
      yield await executeQuery<R>(query);
    },
  };
}

function plainSavepoints(connection: OrmConnection): OrmSavepoints {
  const control = async (text: string) => {
    await connection.execute(text, []);
  };
  return {
    savepoint: (name) => control(`savepoint ${name}`),
    rollbackTo: (name) => control(`rollback to savepoint ${name}`),
    release: (name) => control(`release savepoint ${name}`),
  };
}
