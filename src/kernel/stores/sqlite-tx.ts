import type { StoreTx } from '../ports/store.ts';
import type { EntityAccess } from './entities.ts';
import type { EntityManager } from './orm-session.ts';
import { createSql } from './sql.ts';
import { isFileError } from './sqlite-errors.ts';
import type { SqliteHandle } from './sqlite-handle.ts';
import { sqliteOrmConnection } from './sqlite-orm.ts';
import { storeUnavailable } from './store-failures.ts';
import { TransactionScope } from './transaction-scope.ts';

/** A transaction of the writing handle, and the hold that its group has on it. */
export type SqliteTx = { readonly tx: StoreTx; readonly scope: TransactionScope };

/** `onFileError` learns that the whole group is lost, whatever the work makes of the error. */
export function openSqliteTx(
  handle: SqliteHandle,
  entityAccess: EntityAccess,
  onFileError: (error: unknown) => void,
): SqliteTx {
  const scope = new TransactionScope((text) => {
    handle.run({ text, params: [] });
  });
  const guarded = <T>(run: () => T): T => {
    scope.check();
    try {
      return run();
    } catch (error) {
      if (!isFileError(error)) throw scope.failed(error);
      onFileError(error);
      throw scope.failed(storeUnavailable(error));
    }
  };
  let opened: EntityManager | undefined;
  const sql = createSql('sqlite', {
    run: (statement) => Promise.resolve(guarded(() => handle.run(statement))),
    failed: (error) => scope.failed(error),
    entityManager() {
      opened ??= entityAccess.forTransaction(sqliteOrmConnection(handle, guarded), scope);
      return opened;
    },
  });
  return { tx: { sql, savepoint: scope.savepoint, afterCommit: scope.afterCommit }, scope };
}
