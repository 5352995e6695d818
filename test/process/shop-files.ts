import { join } from 'node:path';
import Database from 'better-sqlite3';

/** What a shop that was killed has left undone: it is found in the files, whoever opens them next. */
export type Unfinished = {
  readonly sagas: number;
  readonly events: number;
  readonly orders: number;
};

/** Reads the SQLite files of a shop that does not run. */
export function unfinishedIn(dataDir: string): Unfinished {
  const count = (module: string, table: string, condition: string) => {
    const database = new Database(join(dataDir, `${module}.sqlite`), { readonly: true });
    try {
      const row = database.prepare(`select count(*) as n from ${table} where ${condition}`).get();
      return (row as { n: number }).n;
    } finally {
      database.close();
    }
  };
  const inAll = (modules: readonly string[], table: string, condition: string) =>
    modules.reduce((sum, module) => sum + count(module, table, condition), 0);
  return {
    sagas: inAll(['orders', 'payments'], 'sagas', "status in ('running', 'undoing')"),
    events:
      inAll(['orders', 'payments', 'inventory'], 'outbox', 'published_at is null') +
      inAll(['notifications', 'inventory'], 'inbox_events', "state = 'waiting'"),
    orders: count('orders', 'orders', "status = 'pending'"),
  };
}
