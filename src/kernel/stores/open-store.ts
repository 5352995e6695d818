import { join } from 'node:path';

import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { ModuleStoreDefinition } from './definition.ts';
import { migrate } from './migrate.ts';
import type { ModuleMigration } from './migration.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { SqliteHandle } from './sqlite-handle.ts';
import { sqliteOrmConnection } from './sqlite-orm.ts';
import { createSqliteStore, sqliteOrmDatabase } from './sqlite-store.ts';

export type StoreOptions = {
  readonly module: string;
  readonly definition: ModuleStoreDefinition;
  /** The kernel's own tables, applied before the module's. */
  readonly kernelMigrations: readonly ModuleMigration[];
  /** A PostgreSQL server, where the module gets a schema and a role; without one, a SQLite file. */
  readonly url: URL | undefined;
  /** The folder of `<module>.sqlite`. */
  readonly dataDir: string;
  /** At most so many connections to PostgreSQL; 10 when not given. */
  readonly poolSize?: number;
  readonly log: Logger;
};

/** Opens a module's store, migrated. Throws an `Error` that says what to do when it can't. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const migrations = [...options.kernelMigrations, ...options.definition.migrations];
  const { url } = options;
  if (url === undefined) return openSqliteStore(options, migrations);
  const { openPostgresStore } = await import('./open-postgres.ts');
  return openPostgresStore({ ...options, url, migrations });
}

async function openSqliteStore(
  { module, definition, dataDir, log }: StoreOptions,
  migrations: readonly ModuleMigration[],
): Promise<Store> {
  const file = openSqliteFile(join(dataDir, `${module}.sqlite`));
  try {
    const connection = sqliteOrmConnection(new SqliteHandle(file.writer), (run) => run());
    await migrate(`The store of ${module}`, sqliteOrmDatabase(connection), migrations, log);
  } catch (error) {
    file.close();
    throw error;
  }
  return createSqliteStore(file, definition, log);
}
