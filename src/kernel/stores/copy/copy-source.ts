import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

import type { Logger } from '../../ports/logger.ts';
import { StartError } from '../../start-error.ts';
import type { ModuleStoreDefinition } from '../definition.ts';
import { migrate, readApplied } from '../migrate.ts';
import type { ModuleMigration } from '../migration.ts';
import { unknownMigrations } from '../migration-table.ts';
import { isInUse } from '../sqlite-errors.ts';
import { beginReading, openSqliteFile, type SqliteFile } from '../sqlite-file.ts';
import { SqliteHandle } from '../sqlite-handle.ts';
import { sqliteOrmConnection } from '../sqlite-orm.ts';
import { sqliteOrmDatabase } from '../sqlite-store.ts';

export type CopiedModule = {
  readonly module: string;
  readonly definition: ModuleStoreDefinition;
  /** The kernel's own tables, which come before the module's. */
  readonly kernelMigrations: readonly ModuleMigration[];
  /** The folder of `<module>.sqlite`. */
  readonly dataDir: string;
  readonly log: Logger;
};

/** A module's SQLite file, held for the copy alone: no host can open it meanwhile. */
export type CopySource = {
  readonly module: string;
  readonly definition: ModuleStoreDefinition;
  readonly migrations: readonly ModuleMigration[];
  /** Reads what was committed when the copy began. */
  readonly database: Database.Database;
  close(): void;
};

export function sqliteFileOf({ dataDir, module }: Pick<CopiedModule, 'dataDir' | 'module'>) {
  return join(dataDir, `${module}.sqlite`);
}

/**
 * Takes a module's file as the module itself would at its start: alone, and brought up to date.
 * Throws a `StartError` when there is none, when a process has it, or a newer version made it.
 */
export async function openCopySource(copied: CopiedModule): Promise<CopySource> {
  const { module, definition, kernelMigrations, log } = copied;
  const path = sqliteFileOf(copied);
  if (!existsSync(path))
    throw new StartError(`${module} has no SQLite file: ${path} is not there.`);
  const file = openAlone(path, module);
  try {
    const migrations = [...kernelMigrations, ...definition.migrations];
    await bringUpToDate(new SqliteHandle(file.writer), path, migrations, log);
    beginReading(file.reader);
    return { module, definition, migrations, database: file.reader, close: file.close };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** An empty store as the migrations leave it: some put first rows into their tables. */
export async function openPristine({ migrations }: CopySource, log: Logger) {
  const database = new Database(':memory:');
  await bringUpToDate(new SqliteHandle(database), 'An empty store', migrations, log);
  return database;
}

function openAlone(path: string, module: string): SqliteFile {
  try {
    return openSqliteFile(path);
  } catch (error) {
    if (!isInUse((error as Error).cause)) throw error;
    throw new StartError(
      `${path} is in use: a process runs ${module} on it. Stop that first, and start it again on PostgreSQL after the copy.`,
      { cause: error },
    );
  }
}

async function bringUpToDate(
  handle: SqliteHandle,
  store: string,
  migrations: readonly ModuleMigration[],
  log: Logger,
): Promise<void> {
  const database = sqliteOrmDatabase(sqliteOrmConnection(handle, (run) => run()));
  const unknown = unknownMigrations(migrations, await readApplied(database));
  if (unknown.length > 0) {
    throw new StartError(
      `${store} was made by a newer version of this code: it has had ${unknown.join(', ')}. Copy it with that version.`,
    );
  }
  await migrate(store, database, migrations, log);
}
