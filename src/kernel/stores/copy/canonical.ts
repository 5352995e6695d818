import type { Kind } from './tables.ts';

/** One value in the one way of writing it that both databases share; null is no text at all. */
export type Canonical = string | null;

/** What stands in a SQLite column and does not fit the column's type: SQLite itself would not mind. */
export class UnfitValue extends Error {}

/**
 * Writes a value of SQLite down (integers read as `bigint`).
 * Throws `UnfitValue`, which says what was found, for one that PostgreSQL could not hold as it is.
 */
export function fromSqlite(kind: Kind, value: unknown): Canonical {
  if (value === null) return null;
  const canonical = readers[kind](value);
  if (canonical !== undefined) return canonical;
  throw new UnfitValue(`${shown(value)} where ${wanted[kind]} belongs`);
}

/** Writes a value of PostgreSQL down, from the text in which the server sends it. */
export function fromPostgres(kind: Kind, text: Canonical): Canonical {
  if (text === null) return null;
  switch (kind) {
    case 'boolean':
      return text === 't' ? 'true' : 'false';
    case 'bytes':
      return text.slice('\\x'.length);
    case 'real':
      return String(Number(text));
    case 'numeric':
      return decimal(text);
    default:
      return text;
  }
}

const readers: Readonly<Record<Kind, (value: unknown) => string | undefined>> = {
  text: (value) => (typeof value === 'string' && !value.includes('\0') ? value : undefined),
  integer: (value) => (typeof value === 'bigint' ? String(value) : undefined),
  boolean: (value) => (value === 1n ? 'true' : value === 0n ? 'false' : undefined),
  bytes: (value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : undefined),
  real: (value) => (isNumber(value) ? String(Number(value)) : undefined),
  numeric: (value) => (isNumber(value) || typeof value === 'string' ? decimal(value) : undefined),
};

const wanted: Readonly<Record<Kind, string>> = {
  text: 'a text without NUL characters',
  integer: 'a whole number',
  boolean: '0 or 1',
  bytes: 'a blob',
  real: 'a number',
  numeric: 'a number',
};

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** `1.50`, `15e-1` and `1.5` are one number. What is none (NaN, Infinity) stays as it is. */
function decimal(value: number | bigint | string): string {
  const text = String(value);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole + fraction === '') return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = digits.padStart(digits.length - Math.min(0, point), '0').padEnd(point, '0');
  const at = Math.max(0, point);
  const before = padded.slice(0, at).replace(/^0+/, '') || '0';
  const after = padded.slice(at).replace(/0+$/, '');
  const number = after === '' ? before : `${before}.${after}`;
  return sign === '-' && number !== '0' ? `-${number}` : number;
}

const longestShown = 40;

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `a blob of ${value.length} bytes`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}…`;
}
