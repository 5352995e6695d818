import type { Schema } from './canonical.ts';
import type { Gap } from './gap.ts';
import { isKnown } from './known-keywords.ts';
import { objectGap } from './object-fit.ts';
import { fitsScalar, literalFits } from './scalar-fit.ts';
import { inWords, listed } from './schema-words.ts';

/**
 * Undefined when every value of `sent` is one of `taken`. Where that can't be proven, it is a gap.
 * Fields that a side does not know are ignored by it, unless it closes the object.
 */
export function gapOf(sent: Schema, taken: Schema, field = ''): Gap | undefined {
  if (Object.keys(taken).length === 0 || isSame(sent, taken)) return undefined;
  if (!isKnown(taken)) return plainGap(sent, taken, field);
  if (Array.isArray(sent.anyOf)) {
    return firstGap(sent.anyOf as Schema[], (one) => gapOf(one, taken, field));
  }
  if (Array.isArray(sent.enum)) return enumGap(sent.enum, taken, field);
  if (Array.isArray(taken.anyOf)) return unionGap(sent, taken, field);
  if (!isKnown(sent) || !isOfType(sent, taken)) return plainGap(sent, taken, field);
  if (sent.type === 'object') return objectGap(sent, taken, field, gapOf);
  if (!fitsScalar(sent, taken)) return plainGap(sent, taken, field);
  return sent.type === 'array' ? itemsGap(sent, taken, field) : undefined;
}

function isSame(sent: Schema, taken: Schema): boolean {
  return JSON.stringify(sent) === JSON.stringify(taken);
}

function firstGap<T>(all: readonly T[], find: (one: T) => Gap | undefined): Gap | undefined {
  for (const one of all) {
    const gap = find(one);
    if (gap) return gap;
  }
  return undefined;
}

function isOfType(sent: Schema, taken: Schema): boolean {
  return sent.type === taken.type || (sent.type === 'integer' && taken.type === 'number');
}

function plainGap(sent: Schema, taken: Schema, field: string): Gap {
  return { field, sends: `sends ${inWords(sent)}`, takes: `takes ${inWords(taken)}` };
}

function enumGap(words: readonly unknown[], taken: Schema, field: string): Gap | undefined {
  const refused = words.filter((word) => !literalFits(word, taken));
  if (refused.length === 0) return undefined;
  const sends = `may send ${listed(refused.map((word) => JSON.stringify(word)))}`;
  return { field, sends, takes: `takes ${inWords(taken)}` };
}

/** Of several shapes, the gap is told to the one that is meant: the only one of its type or word. */
function unionGap(sent: Schema, taken: Schema, field: string): Gap | undefined {
  const shapes = taken.anyOf as Schema[];
  const gaps = shapes.map((one) => ({ one, gap: gapOf(sent, one, field) }));
  if (gaps.some(({ gap }) => gap === undefined)) return undefined;
  const alike = gaps.filter(({ one }) => isOfType(sent, one));
  const meant = alike.length === 1 ? alike[0] : alike.find(({ one }) => sharesWord(sent, one));
  return meant?.gap ?? plainGap(sent, taken, field);
}

/** Whether both have a field that holds the same single word, such as `kind`. */
function sharesWord(sent: Schema, taken: Schema): boolean {
  const [ours, theirs] = [sent, taken].map((one) => (one.properties ?? {}) as ByName);
  return Object.entries(ours ?? {}).some(([name, schema]) => {
    const other = Object.hasOwn(theirs ?? {}, name) ? theirs?.[name] : undefined;
    const words = schema.enum as unknown[] | undefined;
    return words?.length === 1 && other !== undefined && isSame(schema, other);
  });
}

type ByName = Readonly<Record<string, Schema>>;

function itemsGap(sent: Schema, taken: Schema, field: string): Gap | undefined {
  return gapOf((sent.items ?? {}) as Schema, (taken.items ?? {}) as Schema, `${field}[]`);
}
