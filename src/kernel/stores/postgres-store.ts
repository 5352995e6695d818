import type pg from 'pg';

import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { ModuleStoreDefinition } from './definition.ts';
import { createEntityAccess } from './entities.ts';
import { InFlight } from './in-flight.ts';
import { meaningOf } from './postgres-errors.ts';
import { postgresOrmConnection } from './postgres-orm.ts';
import { PreparedNames, type Query } from './postgres-session.ts';
import { runTransaction } from './postgres-transaction.ts';
import { createSql } from './sql.ts';
import { storeUnavailable } from './store-failures.ts';

/** A module's store in its schema of a PostgreSQL database. Closing it ends the pool. */
export function createPostgresStore(
  pool: pg.Pool,
  schema: string,
  definition: ModuleStoreDefinition,
  log: Logger,
): Store {
  const names = new PreparedNames();
  const inFlight = new InFlight();
  const read = (query: Query) => inFlight.run(() => readCommitted(pool, names, query));
  const entityAccess = createEntityAccess(
    { dialect: 'postgres', schema, connection: postgresOrmConnection(read) },
    definition,
  );
  const sql = createSql('postgres', {
    run: async (statement) => (await read(statement)).rows,
    entityManager: entityAccess.forReader,
  });
  return {
    dialect: 'postgres',
    reader: { sql },

    write: (work) => inFlight.run(() => runTransaction({ pool, names, entityAccess, log }, work)),

    async now() {
      const [row] = await sql<{ ms: number }>`
        select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`;
      return (row as { ms: number }).ms;
    },

    async close() {
      if (await inFlight.close()) await pool.end();
    },
  };
}

/** Runs one statement by itself; once more when a migration has changed what it answers. */
async function readCommitted(
  pool: pg.Pool,
  names: PreparedNames,
  { text, name, params, types }: Query,
): Promise<pg.QueryResult> {
  const run = () =>
    pool.query({
      text,
      values: params as unknown[],
      ...(name === undefined ? {} : { name: names.of(name) as string }),
      ...(types === undefined ? {} : { types }),
    });
  try {
    return await run().catch((error) => {
      if (meaningOf(error) !== 'new plan') throw error;
      names.renew();
      return run();
    });
  } catch (error) {
    throw meaningOf(error) === 'unavailable' ? storeUnavailable(error) : error;
  }
}
