import type { JsonSchema } from '#kernel/http/openapi';

/** What a reader expects to see in fields of these names. */
const byName: Readonly<Record<string, unknown>> = {
  amount: 1290,
  currency: 'EUR',
  email: 'ada@example.com',
  password: 'correct horse battery',
  currentPassword: 'correct horse battery',
  username: 'Ada',
  name: 'Enamel mug',
  description: 'Holds a third of a litre.',
  sku: 'MUG-1',
  token: 'tok_ok',
  quantity: 2,
  onHand: 20,
  search: 'mug',
};

const byFormat: Readonly<Record<string, unknown>> = {
  uuid: '019a7c5e-2f4b-7d3a-9c1e-5b8f6a4d2e10',
  'date-time': '2026-01-31T12:00:00.000Z',
};

/** A value that a schema might describe, for the documentation: plausible, not proven valid. */
export function exampleValue(schema: JsonSchema, name = ''): unknown {
  const { enum: words, anyOf, const: only } = schema as Record<string, readonly unknown[]>;
  if (only !== undefined) return only;
  if (words) return words[0];
  if (anyOf) return exampleValue(anyOf[0] as JsonSchema, name);
  const { type, format, minimum } = schema as Record<string, string | number | undefined>;
  if (type === 'object') return exampleObject(schema);
  if (type === 'array') return [exampleValue((schema.items ?? {}) as JsonSchema, name)];
  if (format !== undefined && format in byFormat) return byFormat[format];
  if (name in byName) return byName[name];
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return type === 'integer' || type === 'number' ? (minimum ?? 1) : 'text';
}

function exampleObject({ properties = {} }: JsonSchema): unknown {
  const entries = Object.entries(properties as Record<string, JsonSchema>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, exampleValue(schema, name)]));
}
