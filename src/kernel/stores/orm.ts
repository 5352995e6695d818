import { type EntitySchema, MikroORM } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { AbstractSqlDriver, SqlEntityManager } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { ControlledTransaction, Kysely, type KyselyProps } from 'kysely';

import { Failure } from '../failure.ts';
import { kyselyConnection, ormDialect, ormDriver } from './orm-dialect.ts';
import type { OrmConnection, OrmDatabase } from './orm-session.ts';
import { TransactionMisuse } from './store-failures.ts';
import type { TransactionScope } from './transaction-scope.ts';

/** The entity managers of one store. */
export type Orm = {
  /** Reads what is committed; a flush of changes is refused. */
  forReader(): SqlEntityManager;
  /** Works in a transaction that the store has begun, and writes what is left when it ends. */
  forTransaction(connection: OrmConnection, scope: TransactionScope): SqlEntityManager;
};

let opened = 0;

/**
 * Makes MikroORM work on a store's own connections. Importing this file loads MikroORM, which takes
 * some hundred milliseconds: `entities.ts` does it when the first entity manager is asked for.
 */
// biome-ignore lint/suspicious/noExplicitAny: entities of any shape.
export function openOrm(database: OrmDatabase, entities: readonly EntitySchema<any, any>[]): Orm {
  const { dialect, schema, connection } = database;
  const kyselyDialect = ormDialect(dialect, connection, 'begun by the store');
  const kysely = new Kysely<unknown>({ dialect: kyselyDialect });
  opened += 1;
  const orm = new MikroORM<AbstractSqlDriver>({
    driver: dialect === 'sqlite' ? SqliteDriver : PostgreSqlDriver,
    dbName: 'module',
    ensureDatabase: false,
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    driverOptions: kysely,
    // With a shared name, MikroORM would take the entity manager of another module's transaction.
    contextName: `store-${opened}`,
    ...(schema === undefined ? {} : { schema }),
  });
  keepOwnErrors(orm);
  return {
    forReader: () => orm.em.fork() as SqlEntityManager,

    forTransaction(own, scope) {
      const driver = ormDriver(own, 'begun by the store', scope.savepoints);
      const held = kyselyConnection(own);
      const em = orm.em.fork() as SqlEntityManager;
      const props: KyselyProps = {
        config: { dialect: kyselyDialect },
        dialect: kyselyDialect,
        driver,
        executor: kysely.getExecutor().withConnectionProvider({
          provideConnection: (consumer) => consumer(held),
        }),
      };
      const shared = { connection: held, release: () => {} };
      em.setTransactionContext(new ControlledTransaction({ ...props, connection: shared }));
      scope.companion = { flush: () => em.flush(), clear: () => em.clear() };
      return em;
    },
  };
}

/** MikroORM makes every error of a connection its own kind; ours have a meaning to callers. */
function keepOwnErrors(orm: MikroORM<AbstractSqlDriver>): void {
  const converter = orm.driver.getPlatform().getExceptionConverter();
  const convert = converter.convertException.bind(converter);
  converter.convertException = (error) =>
    error instanceof Failure || error instanceof TransactionMisuse
      ? (error as unknown as ReturnType<typeof convert>)
      : convert(error as Error);
}
