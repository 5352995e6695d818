import type { Logger } from '../ports/logger.ts';
import type { ModuleMigration } from './migration.ts';
import { migrationTable, pendingMigrations, refuseDeferrable } from './migration-table.ts';
import type { OrmDatabase } from './orm-session.ts';

/** What the store still needs, in order: one cheap query, nothing loaded. */
export async function findPending(
  store: string,
  database: OrmDatabase,
  migrations: readonly ModuleMigration[],
): Promise<readonly ModuleMigration[]> {
  return pendingMigrations(store, migrations, await readApplied(database));
}

/** Brings a store up to date. The caller holds a lock: the file's, or PostgreSQL's advisory one. */
export async function migrate(
  store: string,
  database: OrmDatabase,
  migrations: readonly ModuleMigration[],
  log: Logger,
): Promise<void> {
  const applied = await readApplied(database);
  const pending = pendingMigrations(store, migrations, applied);
  if (pending.length === 0) return;
  for (const one of pending) refuseDeferrable(one, one.statements(database.dialect));
  const { runMigrations } = await import('./run-migrations.ts');
  await runMigrations(database, migrations);
  // A store that is made is no news; one that holds data and has changed is.
  const facts = { migrations: pending.map(({ name }) => name) };
  if (applied.size === 0) log.debug(facts, 'store made');
  else log.info(facts, 'store migrated');
}

const findTable = {
  sqlite: `select name from sqlite_master where type = 'table' and name = '${migrationTable}'`,
  postgres: `select 1 as name from pg_tables where schemaname = current_schema() and tablename = '${migrationTable}'`,
};

/** The names of the migrations that a store has had; none for one that was never made. */
export async function readApplied({
  dialect,
  connection,
}: OrmDatabase): Promise<ReadonlySet<string>> {
  const { rows: tables } = await connection.execute(findTable[dialect], []);
  if (tables.length === 0) return new Set();
  const { rows } = await connection.execute(`select name from ${migrationTable}`, []);
  return new Set(rows.map((row) => (row as { name: string }).name));
}
