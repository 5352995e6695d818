import pg from 'pg';

import type { Logger } from '../../ports/logger.ts';
import { StartError } from '../../start-error.ts';
import { readApplied } from '../migrate.ts';
import { unknownMigrations } from '../migration-table.ts';
import { openPostgresStore, placeDatabase } from '../open-postgres.ts';
import { lockName, waitForOthersMs } from '../postgres-place.ts';
import { connectionOptions, type ModulePlace, modulePlace } from '../postgres-pool.ts';
import { type CopySource, openPristine } from './copy-source.ts';
import { fill } from './fill.ts';
import { digestTarget, readTables } from './postgres-tables.ts';
import { digestSource, refuseOtherTables } from './sqlite-tables.ts';
import type { Digest } from './table-digest.ts';
import { quoted, type Table } from './tables.ts';

export type TableCopy = {
  readonly table: string;
  readonly source: Digest;
  readonly target: Digest;
  readonly same: boolean;
};

/** `differs`: nothing was kept. `already there`: an earlier copy was complete, and nothing was done. */
export type StoreCopy = {
  readonly outcome: 'copied' | 'already there' | 'differs';
  readonly tables: readonly TableCopy[];
};

const connectMs = 10_000;
/** Without any answer for so long the connection is given up: a batch is small, an index may not be. */
const silenceMs = 10 * 60_000;

/**
 * Fills a module's schema at `url` with what its SQLite file holds, in one transaction, and compares
 * both. Makes and migrates the schema first, as the module itself would.
 * Throws a `StartError` when the schema holds other rows, or the server or a value stands in the way:
 * then the schema is as empty as it was, unless the message says that this is not known.
 */
export async function copyStore(source: CopySource, url: URL, log: Logger): Promise<StoreCopy> {
  const { module, definition, migrations } = source;
  await (
    await openPostgresStore({ module, url, definition, migrations, log, poolSize: 1 })
  ).close();
  const place = modulePlace(url, module);
  const client = new pg.Client({
    ...connectionOptions(place, {
      lock_timeout: waitForOthersMs,
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      bytea_output: 'hex',
      extra_float_digits: 1,
    }),
    application_name: `seamline-copy/${module}`,
    connectionTimeoutMillis: connectMs,
    query_timeout: silenceMs,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const copy = await inTransaction(client, () => copyInto(source, place, client, log));
    if (copy.outcome === 'copied') await tellPlanner(client, copy, place, log);
    return copy;
  } catch (error) {
    throw error instanceof StartError ? error : notCopied(place, error);
  } finally {
    await client.end();
  }
}

async function inTransaction(
  client: pg.Client,
  work: () => Promise<StoreCopy>,
): Promise<StoreCopy> {
  await client.query('begin isolation level read committed read write');
  const copy = await work();
  if (copy.outcome === 'copied') await client.query('commit').catch(inDoubt);
  else await client.query('rollback');
  return copy;
}

function inDoubt(error: Error): never {
  throw new StartError(
    `It is not known whether the copy was committed: ${error.message}. Run the same command again: it tells a complete copy, and makes one where there is none.`,
  );
}

/**
 * The planner knows nothing of so many new rows, and would not look for minutes. The copy is committed:
 * when this fails, even by a lost connection, queries are slow for that long and nothing else is amiss.
 */
async function tellPlanner(
  client: pg.Client,
  { tables }: StoreCopy,
  place: ModulePlace,
  log: Logger,
): Promise<void> {
  const names = tables.map(({ table }) => quoted(table)).join(', ');
  await client.query(`analyze ${names}`).catch((err) => {
    log.warn({ err, schema: place.schema }, 'the copy is complete, but was not analyzed');
  });
}

async function copyInto(
  source: CopySource,
  place: ModulePlace,
  client: pg.Client,
  log: Logger,
): Promise<StoreCopy> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockName(place)]);
  await refuseNewer(source, place, client);
  const tables = await readTables(client);
  refuseOtherTables(source.database, source.module, tables);
  const pristine = await digestPristine(source, tables, log);
  if (await holdsMore(client, tables, pristine))
    return await recognise(source, place, client, tables);
  // A host that starts on this schema now waits until the copy is there, whole.
  const names = tables.map(({ name }) => quoted(name)).join(', ');
  await client.query(`lock table ${names} in access exclusive mode`);
  const found = compared(tables, pristine, await digestTables(client, tables));
  if (!found.every(({ same }) => same)) throw notEmpty(place);
  const read = await fill(source.database, client, tables);
  const copies = compared(tables, read, await digestTables(client, tables));
  return { outcome: copies.every(({ same }) => same) ? 'copied' : 'differs', tables: copies };
}

async function refuseNewer({ migrations }: CopySource, place: ModulePlace, client: pg.Client) {
  const unknown = unknownMigrations(migrations, await readApplied(placeDatabase(place, client)));
  if (unknown.length === 0) return;
  throw new StartError(
    `${whereOf(place)} was made by a newer version of this code: it has had ${unknown.join(', ')}. Copy with that version.`,
  );
}

async function digestPristine(source: CopySource, tables: readonly Table[], log: Logger) {
  const pristine = await openPristine(source, log);
  try {
    return tables.map((table) => digestSource(pristine, table));
  } finally {
    pristine.close();
  }
}

/** Looks no further than it must: a schema in use may be large. */
async function holdsMore(
  client: pg.Client,
  tables: readonly Table[],
  pristine: readonly Digest[],
): Promise<boolean> {
  for (const [at, { name }] of tables.entries()) {
    const most = pristine[at]?.rows ?? 0;
    const { rows } = await client.query(`select 1 from ${quoted(name)} limit ${most + 1}`);
    if (rows.length > most) return true;
  }
  return false;
}

async function recognise(
  { database }: CopySource,
  place: ModulePlace,
  client: pg.Client,
  tables: readonly Table[],
): Promise<StoreCopy> {
  const copies: TableCopy[] = [];
  for (const table of tables) {
    const [copy] = compared(
      [table],
      [digestSource(database, table)],
      [await digestTarget(client, table)],
    );
    if (!copy?.same) throw notEmpty(place);
    copies.push(copy);
  }
  return { outcome: 'already there', tables: copies };
}

async function digestTables(client: pg.Client, tables: readonly Table[]) {
  const digests: Digest[] = [];
  for (const table of tables) digests.push(await digestTarget(client, table));
  return digests;
}

function compared(
  tables: readonly Table[],
  sources: readonly Digest[],
  targets: readonly Digest[],
): readonly TableCopy[] {
  return tables.map(({ name }, at) => {
    const [source, target] = [sources[at] as Digest, targets[at] as Digest];
    const same = source.rows === target.rows && source.checksum === target.checksum;
    return { table: name, source, target, same };
  });
}

function notEmpty(place: ModulePlace): StartError {
  return new StartError(
    `${whereOf(place)} holds other rows already, and nothing is written over. Name another database, or, if nobody needs what is there: drop schema "${place.schema}" cascade`,
  );
}

function notCopied(place: ModulePlace, error: unknown): StartError {
  const why = error instanceof Error ? error.message : String(error);
  return new StartError(
    `${whereOf(place)} could not be filled: ${why}. What was written there has been undone; run the copy again once this is mended.`,
    { cause: error },
  );
}

function whereOf({ schema, url }: ModulePlace): string {
  return `The schema ${schema} at ${url.host}${url.pathname}`;
}
