import { createRequire } from 'node:module';

import type { Sql } from '../ports/store.ts';
import type { ModuleStoreDefinition } from './definition.ts';
import type { Orm } from './orm.ts';
import {
  type EntityManager,
  entityManagerOf,
  type OrmConnection,
  type OrmDatabase,
  type StoreSql,
} from './orm-session.ts';
import type { TransactionScope } from './transaction-scope.ts';

/**
 * MikroORM's entity manager of a transaction, the same one for all who ask there: it sees what `sql`
 * wrote, and the other way round once it is flushed; what is left is written when the work ends. Of a
 * reader, a new one each time, which refuses to write.
 * It costs 0.5 ms and more an operation: for rich writes at low rates. Hot paths use `sql`.
 */
export function entities({ sql }: { readonly sql: Sql }): EntityManager {
  const open = (sql as Partial<StoreSql>)[entityManagerOf];
  if (!open) throw new TypeError('This sql belongs to no store, so it has no entities.');
  return open();
}

/** How a store makes entity managers, once somebody asks for one. */
export type EntityAccess = {
  forReader(): EntityManager;
  forTransaction(connection: OrmConnection, scope: TransactionScope): EntityManager;
};

export function createEntityAccess(
  database: OrmDatabase,
  definition: ModuleStoreDefinition,
): EntityAccess {
  let orm: Orm | undefined;
  const opened = () => {
    orm ??= ormFile().openOrm(database, definition.entities);
    return orm;
  };
  return {
    forReader: () => opened().forReader(),
    forTransaction: (connection, scope) => opened().forTransaction(connection, scope),
  };
}

/**
 * Loads MikroORM there and then: inside a transaction nothing may be waited for, and a shop whose
 * modules never ask for entities should not pay for them at its start.
 */
function ormFile(): typeof import('./orm.ts') {
  return createRequire(import.meta.url)('./orm.ts') as typeof import('./orm.ts');
}
