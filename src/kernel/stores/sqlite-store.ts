import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { createSql } from './sql.ts';
import { isFileError, isWriteByReader } from './sqlite-errors.ts';
import type { SqliteFile } from './sqlite-file.ts';
import { SqliteGroupCommit } from './sqlite-group.ts';
import { SqliteHandle } from './sqlite-handle.ts';
import { storeUnavailable } from './store-failures.ts';

/** A module's store in one file: what it writes goes through a group, what it reads does not wait. */
export function createSqliteStore(file: SqliteFile, log: Logger): Store {
  const group = new SqliteGroupCommit(new SqliteHandle(file.writer), log);
  const reading = new SqliteHandle(file.reader);
  let closed = false;
  return {
    dialect: 'sqlite',
    reader: {
      sql: createSql('sqlite', async (statement) => {
        if (closed) throw storeUnavailable(new Error('The store is closed.'));
        try {
          return reading.run(statement);
        } catch (error) {
          throw isFileError(error) && !isWriteByReader(error) ? storeUnavailable(error) : error;
        }
      }),
    },

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
