import { isUtf8 } from 'node:buffer';
import type Database from 'better-sqlite3';

import { StartError } from '../../start-error.ts';
import { migrationTable } from '../migration-table.ts';
import { type Canonical, fromSqlite, UnfitValue } from './canonical.ts';
import { type Digest, TableDigest } from './table-digest.ts';
import { columnList, quoted, type Table } from './tables.ts';

/** A row as it is read, and as it is compared. */
export type SourceRow = {
  readonly values: readonly unknown[];
  readonly canonical: readonly Canonical[];
};

/**
 * Throws a `StartError` that names every table and column which only one of the two databases has.
 * SQLite's virtual tables and what they keep are indexes, and a number of its rows that PostgreSQL has
 * no column for is their place in the file: both are made again from what is copied.
 */
export function refuseOtherTables(
  database: Database.Database,
  module: string,
  tables: readonly Table[],
): void {
  const here = new Map(tablesOf(database).map((name) => [name, columnsOf(database, name)]));
  const there = new Map(tables.map(({ name, columns }) => [name, columns]));
  const onlyThere = [...there].flatMap(([name, columns]) =>
    columns
      .filter((column) => !here.get(name)?.some((own) => own.name === column.name))
      .map((column) => `SQLite has no ${name}.${column.name}`),
  );
  const onlyHere = [...here].flatMap(([name, columns]) =>
    columns
      .filter((own) => !there.get(name)?.some((column) => column.name === own.name))
      .filter(({ isRowNumber }) => !isRowNumber || !there.has(name))
      .map((own) => `PostgreSQL has no ${name}.${own.name}`),
  );
  const wrong = [...onlyThere, ...onlyHere];
  if (wrong.length === 0) return;
  throw new StartError(`The two stores of ${module} are not made alike: ${wrong.join('; ')}.`);
}

function tablesOf(database: Database.Database): readonly string[] {
  return database
    .prepare<[string], { name: string }>(
      `select name from pragma_table_list where schema = 'main' and type = 'table'
        and name not like 'sqlite!_%' escape '!' and name <> ?`,
    )
    .all(migrationTable)
    .map(({ name }) => name);
}

type ColumnHere = { readonly name: string; readonly isRowNumber: boolean };

/** The columns that hold data, not what SQLite makes of them. */
function columnsOf(database: Database.Database, table: string): readonly ColumnHere[] {
  type Row = { name: string; type: string; pk: number };
  const columns = database
    .prepare<[string], Row>('select name, type, pk from pragma_table_xinfo(?) where hidden = 0')
    .all(table);
  const keys = columns.filter(({ pk }) => pk > 0).length;
  return columns.map(({ name, type, pk }) => ({
    name,
    isRowNumber: keys === 1 && pk === 1 && type.toLowerCase() === 'integer',
  }));
}

/** Reads a table, one row at a time. Throws a `StartError` for a value that PostgreSQL cannot hold. */
export function* sourceRows(database: Database.Database, table: Table): Generator<SourceRow> {
  const statement = database
    .prepare(`select ${columnList(table)} from ${quoted(table.name)}`)
    .safeIntegers(true)
    .raw(true);
  let isDoubtful = false;
  for (const values of statement.iterate() as Iterable<unknown[]>) {
    const canonical = table.columns.map(({ kind }, at) => {
      try {
        return fromSqlite(kind, values[at]);
      } catch (error) {
        throw error instanceof UnfitValue ? unfit(table, at, values, error) : error;
      }
    });
    isDoubtful ||= canonical.some((value) => value?.includes('\uFFFD') === true);
    yield { values, canonical };
  }
  if (isDoubtful) refuseBrokenTexts(database, table);
}

export function digestSource(database: Database.Database, table: Table): Digest {
  const digest = new TableDigest();
  for (const { canonical } of sourceRows(database, table)) digest.add(canonical);
  return digest.end();
}

function unfit({ name, columns }: Table, at: number, values: readonly unknown[], why: UnfitValue) {
  const [key] = columns;
  return new StartError(
    `${name}.${columns[at]?.name} holds ${why.message}, in the row whose ${key?.name} is ${String(values[0])}.`,
  );
}

/** A byte that is no UTF-8 reads as U+FFFD, as does the character itself: only the bytes tell. */
function refuseBrokenTexts(database: Database.Database, { name, columns }: Table): void {
  database.function('is_utf8', { deterministic: true }, (bytes: unknown) =>
    isUtf8(bytes as Uint8Array) ? 1 : 0,
  );
  for (const { name: column } of columns.filter(({ kind }) => kind === 'text')) {
    const [broken] = database
      .prepare(
        `select 1 from ${quoted(name)} where ${quoted(column)} is not null
          and not is_utf8(cast(${quoted(column)} as blob)) limit 1`,
      )
      .all();
    if (broken) throw new StartError(`${name}.${column} holds a text that is not UTF-8.`);
  }
}
