import pg from 'pg';

const { INT8, NUMERIC, DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL } = pg.types.builtins;

/** For `sql`: `bigint`, and the `numeric` that `sum` makes of it, are numbers, as on SQLite. */
export const sqlTypes = typesWith(new Map([INT8, NUMERIC].map((type) => [type, exactNumber])));

/** For the ORM: `bigint` is a number too; decimals and dates stay texts, which it reads itself. */
export const ormTypes = typesWith(
  new Map<number, (text: string) => unknown>([
    [INT8, exactNumber],
    ...[DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL].map((type) => [type, asText] as const),
  ]),
);

function typesWith(parsers: ReadonlyMap<number, (text: string) => unknown>): pg.CustomTypesConfig {
  const getTypeParser = (type: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(type)) || pg.types.getTypeParser(type, format as 'text');
  return { getTypeParser: getTypeParser as typeof pg.types.getTypeParser };
}

function exactNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new RangeError(`${text} is too large to be read exactly.`);
  }
  return number;
}

function asText(text: string): string {
  return text;
}
