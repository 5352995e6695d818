/** A JSON Schema in one form: what says the same is written the same. */
export type Schema = Readonly<Record<string, unknown>>;

/** Sentences for people, which bind nobody. */
const words = ['description', 'title', 'examples', '$comment', '$id'];

/** Keywords whose entries are schemas by names of their own, and those whose order says nothing. */
const named = ['properties', 'patternProperties'];
const unordered = ['required', 'enum', 'anyOf'];

/** Schemas that are nested deeper than any of ours are not looked at. */
const deepest = 40;

/** Throws a `TypeError` for what is nested too deeply. */
export function canonicalSchema(schema: unknown, depth = 0): Schema {
  if (depth > deepest) throw new TypeError(`it is nested more than ${deepest} levels deep`);
  if (!isRecord(schema)) throw new TypeError('a schema in it is no object');
  const entries = Object.entries(schema)
    .filter(([keyword]) => !words.includes(keyword))
    .map(([keyword, value]) => [keyword, canonicalValue(keyword, value, depth + 1)] as const);
  return Object.fromEntries(sortedByName(entries));
}

function canonicalValue(keyword: string, value: unknown, depth: number): unknown {
  if (named.includes(keyword) && isRecord(value)) return canonicalSchemas(value, depth);
  if (keyword === 'anyOf' && Array.isArray(value)) {
    return sortedByText(value.map((one) => canonicalSchema(one, depth)));
  }
  if (unordered.includes(keyword) && Array.isArray(value)) return sortedByText(value);
  return keyword === 'items' && isRecord(value) ? canonicalSchema(value, depth) : value;
}

function canonicalSchemas(schemas: Schema, depth: number): Schema {
  const entries = Object.entries(schemas).map(
    ([name, schema]) => [name, canonicalSchema(schema, depth)] as const,
  );
  return Object.fromEntries(sortedByName(entries));
}

export function sortedByName<V>(entries: readonly (readonly [string, V])[]) {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

function sortedByText(values: readonly unknown[]): readonly unknown[] {
  return sortedByName(values.map((value) => [JSON.stringify(value), value])).map(([, one]) => one);
}

export function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
