import type { Schema } from './canonical.ts';

/** The keywords that the rules of compatibility know, by the type that they belong to. */
const ofType: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: ['minimum', 'maximum'],
  number: ['minimum', 'maximum'],
  boolean: [],
  null: [],
  array: ['items', 'minItems', 'maxItems', 'uniqueItems'],
  object: ['properties', 'required', 'additionalProperties', 'patternProperties'],
};

/** Whether the rules know all that a schema says. What holds more is compatible with its equal alone. */
export function isKnown({ type, ...keywords }: Schema): boolean {
  const names = Object.keys(keywords);
  if (names.includes('enum') || names.includes('anyOf')) return names.length === 1;
  if (type === undefined) return names.length === 0;
  const known = Object.hasOwn(ofType, String(type)) ? ofType[String(type)] : undefined;
  return known !== undefined && names.every((name) => known.includes(name));
}
