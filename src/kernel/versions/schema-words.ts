import type { Schema } from './canonical.ts';

const mostWords = 12;

/** What a schema allows, in words for a person: `text of up to 40 characters`. */
export function inWords(schema: Schema): string {
  if (Array.isArray(schema.enum)) return listed(schema.enum.map((word) => JSON.stringify(word)));
  if (Array.isArray(schema.anyOf)) return listed((schema.anyOf as Schema[]).map(inWords));
  const words = wordsOfType[String(schema.type)];
  if (words) return words(schema);
  return Object.keys(schema).length === 0 ? 'anything' : `what fits ${JSON.stringify(schema)}`;
}

const wordsOfType: Readonly<Record<string, (schema: Schema) => string>> = {
  string: ({ minLength, maxLength, format, pattern }) =>
    [
      format === undefined ? 'text' : `text in the format ${format}`,
      range('of', minLength, maxLength, ' characters'),
      pattern === undefined ? '' : ` that matches ${pattern}`,
    ].join(''),
  integer: ({ minimum, maximum }) => `a whole number${range('from', minimum, maximum)}`,
  number: ({ minimum, maximum }) => `a number${range('from', minimum, maximum)}`,
  array: ({ minItems, maxItems, uniqueItems }) =>
    `a list${range('of', minItems, maxItems, ' items')}${uniqueItems ? ' without repetition' : ''}`,
  object: ({ additionalProperties, patternProperties }) => {
    if (patternProperties !== undefined) return 'an object with fields of any name';
    return additionalProperties === false ? 'an object without other fields' : 'an object';
  },
  boolean: () => 'true or false',
  null: () => 'null',
};

function range(word: string, least: unknown, most: unknown, unit = ''): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) {
    return word === 'of' ? ` of at least ${least}${unit}` : ` from ${least}${unit}`;
  }
  return least === undefined ? ` of up to ${most}${unit}` : ` ${word} ${least} to ${most}${unit}`;
}

export function listed(words: readonly string[]): string {
  const shown = words.length > mostWords ? [...words.slice(0, mostWords), 'others'] : words;
  const last = shown.at(-1) ?? 'nothing';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
}
