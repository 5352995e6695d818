import type pg from 'pg';

import { StartError } from '../../start-error.ts';
import { migrationTable } from '../migration-table.ts';
import { fromPostgres } from './canonical.ts';
import { type Digest, TableDigest } from './table-digest.ts';
import { type Column, columnList, type Kind, quoted, type Table } from './tables.ts';

const kinds: Readonly<Record<string, Kind>> = {
  text: 'text',
  'character varying': 'text',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  boolean: 'boolean',
  bytea: 'bytes',
  real: 'real',
  'double precision': 'real',
  numeric: 'numeric',
};

type ColumnRow = { table: string; column: string; type: string; sequence: string | null };

/**
 * The tables of the connection's schema, with the columns that hold data (not what the server makes
 * of them). Throws a `StartError` for types that this copy does not know how to compare.
 */
export async function readTables(client: pg.Client): Promise<readonly Table[]> {
  const { rows } = await client.query<ColumnRow>(
    `select c.relname as "table", a.attname as "column", format_type(a.atttypid, null) as type,
      pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p') and a.attgenerated = '' and c.relname <> $1
    order by c.relname, a.attnum`,
    [migrationTable],
  );
  const unknown = rows.filter(({ type }) => kinds[type] === undefined);
  if (unknown.length > 0) {
    const list = unknown.map(({ table, column, type }) => `${table}.${column} (${type})`);
    throw new StartError(`Columns of these types are not copied: ${list.join(', ')}.`);
  }
  return [...Map.groupBy(rows, ({ table }) => table)].map(([name, columns]) => ({
    name,
    columns: columns.map(toColumn),
  }));
}

function toColumn({ column, type, sequence }: ColumnRow): Column {
  return { name: column, kind: kinds[type] as Kind, sequence: sequence ?? undefined };
}

/** Rows that are asked for at once. */
const fetchRows = 100;

/** Every value as the server writes it: what a driver makes of it is not asked. */
const asTexts: pg.CustomTypesConfig = { getTypeParser: (() => String) as never };

/** Reads a table, and adds it up. To be run in a transaction. */
export async function digestTarget(client: pg.Client, table: Table): Promise<Digest> {
  const digest = new TableDigest();
  await client.query(
    `declare copied no scroll cursor for select ${columnList(table)} from ${quoted(table.name)}`,
  );
  for (let more = true; more; ) {
    const text = `fetch ${fetchRows} from copied`;
    const { rows } = await client.query({ text, rowMode: 'array', types: asTexts });
    for (const row of rows as (string | null)[][]) {
      digest.add(table.columns.map(({ kind }, at) => fromPostgres(kind, row[at] ?? null)));
    }
    more = rows.length === fetchRows;
  }
  await client.query('close copied');
  return digest.end();
}
