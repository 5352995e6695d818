import type { Schema } from './canonical.ts';
import { isKnown } from './known-keywords.ts';

/** The least and the most of a schema, where it says so. */
const lower = ['minimum', 'minLength', 'minItems'];
const upper = ['maximum', 'maxLength', 'maxItems'];

/** What can be told by comparing words alone: the same pattern, the same format. */
const literal = ['pattern', 'format'];

/** Whether the limits of what is sent lie within those of what is taken. Both have the same type. */
export function fitsScalar(sent: Schema, taken: Schema): boolean {
  const bound = (schema: Schema, keyword: string, otherwise: number) =>
    (schema[keyword] as number | undefined) ?? otherwise;
  return (
    lower.every((one) => bound(taken, one, leastOf(one)) <= bound(sent, one, leastOf(one))) &&
    upper.every((one) => bound(taken, one, Infinity) >= bound(sent, one, Infinity)) &&
    literal.every((one) => taken[one] === undefined || taken[one] === sent[one]) &&
    (taken.uniqueItems !== true || sent.uniqueItems === true)
  );
}

function leastOf(keyword: string): number {
  return keyword === 'minimum' ? -Infinity : 0;
}

/** Whether one word of an enumeration is taken. Never by trying a pattern that came from elsewhere. */
export function literalFits(word: unknown, taken: Schema): boolean {
  if (!isKnown(taken)) return false;
  if (Object.keys(taken).length === 0) return true;
  if (Array.isArray(taken.enum)) return taken.enum.includes(word);
  if (Array.isArray(taken.anyOf)) {
    return (taken.anyOf as Schema[]).some((one) => literalFits(word, one));
  }
  if (taken.type === 'string' && typeof word === 'string') return fitsText(word, taken);
  return taken.type === 'boolean' && typeof word === 'boolean';
}

function fitsText(word: string, taken: Schema): boolean {
  const length = [...word].length;
  return fitsScalar({ minLength: length, maxLength: length }, taken);
}
