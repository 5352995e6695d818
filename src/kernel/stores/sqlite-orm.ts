import type { OrmConnection } from './orm-session.ts';
import type { SqliteHandle } from './sqlite-handle.ts';

/** A handle as the ORM sees it; `guarded` decides whether a statement may run, and judges its error. */
export function sqliteOrmConnection(
  handle: SqliteHandle,
  guarded: <T>(run: () => T) => T,
): OrmConnection {
  return {
    execute: async (text, params) =>
      guarded(() => {
        // Without parameters the ORM has written the values into the text: it will not come again.
        const statement =
          params.length > 0
            ? handle.prepare(text)
            : handle.database.prepare<unknown[], object>(text);
        if (!statement.reader) return { rows: [], affected: statement.run(params).changes };
        const rows = statement.all(params);
        return { rows, affected: rows.length };
      }),
  };
}
