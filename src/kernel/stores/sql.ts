import type { Dialect, SqlText, SqlValue } from '../ports/store.ts';
import { type EntityManager, entityManagerOf, type StoreSql } from './orm-session.ts';
import { TransactionMisuse } from './store-failures.ts';

/**
 * Marks text as part of a statement instead of a parameter. Only for constants of the code: a
 * column list, an operator. Whatever comes from outside goes in as a `${value}`.
 */
export function raw(text: string): SqlText {
  return new TrustedText(text);
}

/** A statement with its parameters apart. `name` is there when the text will be used again. */
export type BoundStatement = {
  readonly text: string;
  readonly name: string | undefined;
  readonly params: readonly unknown[];
};

type SqlParts = {
  /** Answers the rows. May throw at once or reject. */
  readonly run: (statement: BoundStatement) => Promise<object[]>;
  readonly entityManager: () => EntityManager;
  /** Told of every error, awaited or not: in a transaction, an error is never lost. */
  readonly failed?: (error: unknown) => void;
};

/** Makes the template tag of one transaction or reader. */
export function createSql(dialect: Dialect, { run, entityManager, failed }: SqlParts): StoreSql {
  const sql = (strings: TemplateStringsArray, ...values: (SqlValue | SqlText)[]) => {
    try {
      const running = run(bind(dialect, strings, values));
      if (failed && dialect === 'postgres') running.catch(failed);
      return running;
    } catch (error) {
      const refused = Promise.reject(error);
      if (failed) refused.catch(failed);
      return refused;
    }
  };
  sql.dialect = dialect;
  sql.forUpdate = lockTexts[dialect].forUpdate;
  sql.skipLocked = lockTexts[dialect].skipLocked;
  sql[entityManagerOf] = entityManager;
  return sql as StoreSql;
}

/** A class with a private mark, so that no object from outside can pass itself off as trusted. */
class TrustedText implements SqlText {
  readonly text: string;
  readonly #trusted = true;

  constructor(text: string) {
    this.text = text;
  }

  static is(value: object): value is SqlText {
    return #trusted in value;
  }
}

const lockTexts = {
  sqlite: { forUpdate: raw(''), skipLocked: raw('') },
  postgres: { forUpdate: raw('for update'), skipLocked: raw('for update skip locked') },
};

/** A template's text, which holds as long as the trusted pieces in it stay the same. */
type Template = {
  readonly text: string;
  readonly name: string | undefined;
  /** By position among the values: the trusted text that stood there, `undefined` for a parameter. */
  readonly pieces: readonly (string | undefined)[];
};

const templates = {
  sqlite: new WeakMap<TemplateStringsArray, Template>(),
  postgres: new WeakMap<TemplateStringsArray, Template>(),
};

function bind(
  dialect: Dialect,
  strings: TemplateStringsArray,
  values: readonly (SqlValue | SqlText)[],
): BoundStatement {
  const known = templates[dialect].get(strings);
  const template = known && fits(known, values) ? known : compose(dialect, strings, values);
  const encode = encoders[dialect];
  const params: unknown[] = [];
  for (let i = 0; i < values.length; i += 1) {
    if (template.pieces[i] === undefined) params.push(encode(values[i] as SqlValue));
  }
  return { text: template.text, name: template.name, params };
}

function fits({ pieces }: Template, values: readonly (SqlValue | SqlText)[]): boolean {
  for (let i = 0; i < values.length; i += 1) {
    if (pieces[i] !== trustedText(values[i])) return false;
  }
  return true;
}

function compose(
  dialect: Dialect,
  strings: TemplateStringsArray,
  values: readonly (SqlValue | SqlText)[],
): Template {
  const pieces = values.map(trustedText);
  let text = strings[0] ?? '';
  let params = 0;
  pieces.forEach((piece, i) => {
    if (piece === undefined) params += 1;
    text += (piece ?? (dialect === 'postgres' ? `$${params}` : '?')) + strings[i + 1];
  });
  if (transactionControl.test(text)) throw new TransactionMisuse(`Not in a module: ${text}`);
  const template = { text, name: dialect === 'postgres' ? nameOf(text) : undefined, pieces };
  templates[dialect].set(strings, template);
  return template;
}

/** The store begins and ends transactions, and chooses the role: a module that did would end others'. */
const transactionControl =
  /^\s*(begin|start|commit|end|rollback|abort|savepoint|release|set|reset|attach|detach|vacuum)\b/i;

function trustedText(value: SqlValue | SqlText | undefined): string | undefined {
  return typeof value === 'object' && value !== null && TrustedText.is(value)
    ? value.text
    : undefined;
}

/** Beyond so many different texts, somebody composes them at run time, and naming them is no gain. */
const maxNames = 2000;
const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= maxNames) return known;
  const name = `s${names.size}`;
  names.set(text, name);
  return name;
}

function encodeForSqlite(value: SqlValue): unknown {
  switch (typeof value) {
    case 'string':
      return withoutNul(value);
    // The driver binds numbers as doubles, so that 5 in a text column would read `5.0`, and 7 / 2
    // would be 3.5 here and 3 on PostgreSQL.
    case 'number':
      return Number.isInteger(value) ? BigInt(safe(value)) : safe(value);
    case 'boolean':
      return value ? 1n : 0n;
    default:
      return encodeOther(value);
  }
}

function encodeForPostgres(value: SqlValue): unknown {
  if (typeof value === 'string') return withoutNul(value);
  if (typeof value === 'number') return safe(value);
  return typeof value === 'boolean' ? value : encodeOther(value);
}

const encoders = { sqlite: encodeForSqlite, postgres: encodeForPostgres };

function encodeOther(value: Uint8Array | null): unknown {
  if (value === null) return null;
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  throw new TypeError(`No database takes ${value === undefined ? 'undefined' : typeof value}.`);
}

function safe(value: number): number {
  if (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))) {
    return value;
  }
  throw new RangeError(`${value} cannot be stored exactly.`);
}

/** PostgreSQL has no NUL in its texts; SQLite would cut them there in some of its functions. */
function withoutNul(value: string): string {
  if (value.includes('\0')) throw new RangeError('A text with a NUL character cannot be stored.');
  return value;
}
