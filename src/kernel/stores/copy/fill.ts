import type Database from 'better-sqlite3';
import pg from 'pg';

import { StartError } from '../../start-error.ts';
import { type SourceRow, sourceRows } from './sqlite-tables.ts';
import { type Digest, TableDigest } from './table-digest.ts';
import { type Column, columnList, quoted, type Table } from './tables.ts';

/** One statement takes so many rows at most, and no more of them once their values weigh so much. */
const batchRows = 500;
const batchChars = 1024 * 1024;
/** What the protocol has room for. */
const mostParams = 60_000;

/**
 * Brings all rows of the source's tables into empty ones, in the client's transaction. Only one batch
 * is in memory. Answers what was read, table by table.
 */
export async function fill(
  source: Database.Database,
  client: pg.Client,
  tables: readonly Table[],
): Promise<readonly Digest[]> {
  const restore = await takeForeignKeysOff(client);
  for (const { name } of tables) await client.query(`delete from ${quoted(name)}`);
  const digests: Digest[] = [];
  for (const table of tables) digests.push(await fillTable(source, client, table));
  for (const statement of restore) await client.query(statement);
  for (const table of tables) await goOnNumbering(client, table);
  return digests;
}

/** Rows come in no order that references would allow. Putting them on again checks every row. */
async function takeForeignKeysOff(client: pg.Client): Promise<readonly string[]> {
  type Key = { on: string; name: string; definition: string };
  const { rows } = await client.query<Key>(
    `select k.conrelid::regclass::text as on, quote_ident(k.conname) as name,
      pg_get_constraintdef(k.oid) as definition
    from pg_constraint k
    join pg_namespace n on n.oid = k.connamespace and n.nspname = current_schema()
    where k.contype = 'f' order by 1, 2`,
  );
  for (const { on, name } of rows) await client.query(`alter table ${on} drop constraint ${name}`);
  return rows.map(
    ({ on, name, definition }) => `alter table ${on} add constraint ${name} ${definition}`,
  );
}

async function fillTable(
  source: Database.Database,
  client: pg.Client,
  table: Table,
): Promise<Digest> {
  const digest = new TableDigest();
  const mostRows = Math.min(batchRows, Math.floor(mostParams / table.columns.length));
  let batch: SourceRow[] = [];
  let chars = 0;
  const flush = async () => {
    if (batch.length > 0) await insert(client, table, batch);
    batch = [];
    chars = 0;
  };
  for (const row of sourceRows(source, table)) {
    digest.add(row.canonical);
    batch.push(row);
    chars += row.canonical.reduce((sum, value) => sum + (value?.length ?? 0), 0);
    if (batch.length >= mostRows || chars >= batchChars) await flush();
  }
  await flush();
  return digest.end();
}

async function insert(client: pg.Client, table: Table, rows: readonly SourceRow[]): Promise<void> {
  const width = table.columns.length;
  const tuples = rows.map((_, row) => {
    const places = table.columns.map((_column, at) => `$${row * width + at + 1}`);
    return `(${places.join(', ')})`;
  });
  try {
    await client.query(
      `insert into ${quoted(table.name)} (${columnList(table)}) overriding system value
      values ${tuples.join(', ')}`,
      rows.flatMap((row) => table.columns.map((column, at) => paramOf(column, row, at))),
    );
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new StartError(`${table.name} cannot be filled: ${error.message}`, { cause: error });
  }
}

function paramOf({ kind }: Column, { values, canonical }: SourceRow, at: number): unknown {
  return kind === 'bytes' ? values[at] : canonical[at];
}

async function goOnNumbering(client: pg.Client, { name, columns }: Table): Promise<void> {
  for (const { name: column, sequence } of columns) {
    if (sequence === undefined) continue;
    await client.query(
      `select setval($1, coalesce(max(${quoted(column)}), 1), count(*) > 0) from ${quoted(name)}`,
      [sequence],
    );
  }
}
