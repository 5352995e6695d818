import Database from 'better-sqlite3';

import { quoted } from '../copy/tables.ts';
import { migrationTable } from '../migration-table.ts';

/** What a copy of a SQLite file holds. */
export type SavedStore = {
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  /** What it has been migrated with, in order: the last one is its version. */
  readonly migrations: readonly string[];
};

/** Pages a step; between two of them the process has its turn. */
const pagesAtOnce = 1000;

/**
 * Copies what `reader` sees into a new file, complete by itself: no log beside it. The reader must
 * hold its view (`beginReading`): without one, SQLite begins anew after each write of the owner.
 * Throws what SQLite says, also when the copy is not sound.
 */
export async function saveStore(reader: Database.Database, target: string): Promise<SavedStore> {
  await reader.backup(target, { progress: () => pagesAtOnce });
  const copy = new Database(target, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = delete');
    const sound = copy.pragma('quick_check', { simple: true });
    if (sound !== 'ok') throw new Error(`it is damaged: ${sound}`);
    return { rows: rowsIn(copy), migrations: migrationsIn(copy) };
  } finally {
    copy.close();
  }
}

function rowsIn(database: Database.Database): SavedStore['rows'] {
  const tables = database
    .prepare<[], { name: string }>(
      `select name from pragma_table_list where schema = 'main' and type = 'table'
        and name not like 'sqlite!_%' escape '!' order by name`,
    )
    .all();
  return Object.fromEntries(tables.map(({ name }) => [name, countOf(database, name)]));
}

function countOf(database: Database.Database, table: string): number {
  const row = database.prepare(`select count(*) as n from ${quoted(table)}`).get();
  return (row as { n: number }).n;
}

function migrationsIn(database: Database.Database): readonly string[] {
  const made = database
    .prepare("select 1 from sqlite_master where type = 'table' and name = ?")
    .get(migrationTable);
  if (!made) return [];
  const rows = database.prepare(`select name from ${migrationTable} order by id`).all();
  return (rows as { name: string }[]).map(({ name }) => name);
}
