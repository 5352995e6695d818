import type { Dialect, Sql, SqlText } from '../ports/store.ts';
import { raw } from './sql.ts';

type Words = { readonly rowsOf: SqlText; readonly clock: SqlText; readonly keyed: string };

const words: Readonly<Record<Dialect, Words>> = {
  sqlite: {
    rowsOf: raw('json_each'),
    clock: raw("cast(round(unixepoch('subsec') * 1000) as integer)"),
    keyed: 'without rowid',
  },
  postgres: {
    rowsOf: raw('jsonb_array_elements'),
    clock: raw('cast(round(extract(epoch from clock_timestamp()) * 1000) as bigint)'),
    keyed: '',
  },
};

/**
 * The function that makes rows of a JSON array, each in a column `value`: one prepared statement
 * writes any number of rows.
 */
export function rowsOf(sql: Sql): SqlText {
  return words[sql.dialect].rowsOf;
}

/** The database's own clock in milliseconds since the epoch: what is due is measured with no other. */
export function databaseClock(sql: Sql): SqlText {
  return words[sql.dialect].clock;
}

/** How a small table is declared that is always read by its primary key. */
export function keyedTable(dialect: Dialect): string {
  return words[dialect].keyed;
}
