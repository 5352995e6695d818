import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { ModuleStoreDefinition } from './definition.ts';
import { createEntityAccess } from './entities.ts';
import type { OrmDatabase } from './orm-session.ts';
import { createSql } from './sql.ts';
import { isFileError, isWriteByReader } from './sqlite-errors.ts';
import type { SqliteFile } from './sqlite-file.ts';
import { SqliteGroupCommit } from './sqlite-group.ts';
import { SqliteHandle } from './sqlite-handle.ts';
import { sqliteOrmConnection } from './sqlite-orm.ts';
import { storeUnavailable } from './store-failures.ts';

/** A module's store in one file: what it writes goes through a group, what it reads does not wait. */
export function createSqliteStore(
  file: SqliteFile,
  definition: ModuleStoreDefinition,
  log: Logger,
): Store {
  let closed = false;
  const guarded = <T>(run: () => T): T => {
    if (closed) throw storeUnavailable(new Error('The store is closed.'));
    try {
      return run();
    } catch (error) {
      throw isFileError(error) && !isWriteByReader(error) ? storeUnavailable(error) : error;
    }
  };
  const reading = new SqliteHandle(file.reader);
  const connection = sqliteOrmConnection(reading, guarded);
  const entityAccess = createEntityAccess(sqliteOrmDatabase(connection), definition);
  const group = new SqliteGroupCommit(new SqliteHandle(file.writer), entityAccess, log);
  const sql = createSql('sqlite', {
    run: (statement) => Promise.resolve(guarded(() => reading.run(statement))),
    entityManager: entityAccess.forReader,
  });
  return {
    dialect: 'sqlite',
    reader: { sql },

    write(work) {
      if (closed) return Promise.reject(storeUnavailable(new Error('The store is closed.')));
      return group.add(work);
    },

    /** SQLite has no clock but that of the machine it runs on. */
    now: async () => Date.now(),

    async close() {
      if (closed) return;
      closed = true;
      await group.drained();
      file.close();
    },
  };
}

export function sqliteOrmDatabase(connection: OrmDatabase['connection']): OrmDatabase {
  return { dialect: 'sqlite', schema: undefined, connection };
}
