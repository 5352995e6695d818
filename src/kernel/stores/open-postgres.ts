import pg from 'pg';

import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { StartError } from '../start-error.ts';
import type { ModuleStoreDefinition } from './definition.ts';
import { findPending, migrate } from './migrate.ts';
import type { ModuleMigration } from './migration.ts';
import type { OrmDatabase } from './orm-session.ts';
import { postgresOrmConnection } from './postgres-orm.ts';
import { lockName, preparePlace, waitForOthersMs } from './postgres-place.ts';
import {
  connectionOptions,
  defaultPoolSize,
  type ModulePlace,
  modulePlace,
  openPool,
} from './postgres-pool.ts';
import { createPostgresStore } from './postgres-store.ts';

type PostgresOptions = {
  readonly module: string;
  readonly url: URL;
  readonly definition: ModuleStoreDefinition;
  readonly migrations: readonly ModuleMigration[];
  readonly poolSize?: number;
  readonly log: Logger;
};

/** Opens a module's schema of a PostgreSQL database; makes and migrates it first where it must. */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { module, url, definition, migrations, log } = options;
  const place = modulePlace(url, module);
  const pool = openPool(place, options.poolSize ?? defaultPoolSize, log);
  try {
    if (!(await isReady(place, pool, migrations))) {
      await preparePlace(place);
      await migrateUnderLock(place, migrations, log);
    }
    return createPostgresStore(pool, place.schema, definition, log);
  } catch (error) {
    await pool.end();
    throw explained(place, error);
  }
}

/** The usual start: one connection, one query. A role that is missing shows when it is assumed. */
async function isReady(place: ModulePlace, pool: pg.Pool, migrations: readonly ModuleMigration[]) {
  try {
    const pending = await findPending(nameOf(place), placeDatabase(place, pool), migrations);
    return pending.length === 0;
  } catch (error) {
    if (error instanceof pg.DatabaseError && roleErrors.has(error.code ?? '')) return false;
    throw error;
  }
}

/** invalid_parameter_value (no such role), insufficient_privilege (not a member of it). */
const roleErrors = new Set(['22023', '42501']);

/** Whoever comes second waits for the lock, and then finds nothing left to do. */
async function migrateUnderLock(
  place: ModulePlace,
  migrations: readonly ModuleMigration[],
  log: Logger,
): Promise<void> {
  const client = new pg.Client(connectionOptions(place, { lock_timeout: waitForOthersMs }));
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockName(place)]);
    // A migration that waits for a table makes everybody behind it wait: better it fails soon.
    await client.query(`set lock_timeout = ${waitForTableMs}`);
    await migrate(nameOf(place), placeDatabase(place, client), migrations, log);
  } finally {
    await client.end();
  }
}

const waitForTableMs = 10_000;

/** The module's schema as the ORM sees it, through a connection or a pool. */
export function placeDatabase({ schema }: ModulePlace, on: pg.Pool | pg.Client): OrmDatabase {
  const connection = postgresOrmConnection(({ text, params, types }) =>
    on.query({ text, values: params as unknown[], ...(types === undefined ? {} : { types }) }),
  );
  return { dialect: 'postgres', schema, connection };
}

function nameOf({ schema }: ModulePlace): string {
  return `The store of ${schema}`;
}

function explained({ schema, url }: ModulePlace, error: unknown): StartError {
  const why = error instanceof Error ? error.message : String(error);
  const where = `${url.host}${url.pathname}`;
  const message = `The store of ${schema} at ${where} cannot be opened: ${why}`;
  return new StartError(message, { cause: error });
}
