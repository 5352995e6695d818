import type { TSchema } from '../schema.ts';
import type { FieldError } from '../validator.ts';

/**
 * Turns the text of a path or query parameter into what its schema wants. Text that does not fit is
 * left as it is, so that the validator says what was expected.
 */
export type ReadValue = (text: string) => unknown;

/** Reads a query string into fields; what is wrong with it goes to `errors`. */
export type ReadQuery = (query: string, errors: FieldError[]) => Record<string, unknown>;

/** Composes the reader of one parameter by its schema: whole numbers, numbers, booleans, texts. */
export function composeValue(schema: TSchema): ReadValue {
  const { type, anyOf } = schema as { type?: unknown; anyOf?: readonly TSchema[] };
  if (type === 'integer') return (text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : text);
  if (type === 'number') {
    return (text) => (/^-?\d{1,16}(?:\.\d{1,16})?$/.test(text) ? Number(text) : text);
  }
  if (type === 'boolean') {
    return (text) => (text === 'true' ? true : text === 'false' ? false : text);
  }
  const readers = anyOf?.map(composeValue) ?? [];
  return (text) => {
    for (const read of readers) {
      const value = read(text);
      if (value !== text) return value;
    }
    return text;
  };
}

/**
 * Composes the reader of a query string. A list is a parameter that may come several times; any
 * other may come once: two readers of `?limit=1&limit=100` could differ on what it means.
 */
export function composeQuery(fields: Readonly<Record<string, TSchema>>): ReadQuery {
  const readers = new Map(
    Object.entries(fields).map(([name, schema]) => {
      const { type, items } = schema as { type?: unknown; items?: TSchema };
      const many = type === 'array' && items !== undefined;
      return [name, { many, read: composeValue(many ? items : schema) }];
    }),
  );
  return (query, errors) => {
    const values: Record<string, unknown> = {};
    for (const [name, text] of new URLSearchParams(query)) {
      const reader = readers.get(name);
      const wrong = reader ? whatIsWrong(text) : 'is not known here';
      if (!reader || wrong !== undefined) {
        errors.push({ field: name, message: wrong ?? '' });
      } else if (reader.many) {
        values[name] ??= [];
        (values[name] as unknown[]).push(reader.read(text));
      } else if (Object.hasOwn(values, name)) {
        errors.push({ field: name, message: 'stands twice' });
      } else {
        values[name] = reader.read(text);
      }
    }
    return values;
  };
}

/** No database holds NUL in a text, and U+FFFD is what is left of bytes that were no UTF-8. */
export function whatIsWrong(text: string): string | undefined {
  const clean = !text.includes('\0') && !text.includes('\ufffd');
  return clean ? undefined : 'holds characters that are not accepted';
}
