import type { OrmConnection } from './orm-session.ts';
import type { SqliteHandle } from './sqlite-handle.ts';

/** A handle as the ORM sees it. */
export function sqliteOrmConnection(handle: SqliteHandle): OrmConnection {
  return {
    async execute(text, params) {
      // Without parameters the ORM has written the values into the text: it will not come again.
      const statement =
        params.length > 0 ? handle.prepare(text) : handle.database.prepare<unknown[], object>(text);
      if (statement.reader) {
        const rows = statement.all(params);
        return { rows, affected: rows.length };
      }
      return { rows: [], affected: statement.run(params).changes };
    },
  };
}
