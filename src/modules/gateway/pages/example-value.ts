import type { JsonSchema } from '#kernel/http/openapi-document';

/** What a reader expects to see in fields of these names. */
const byName: Readonly<Record<string, unknown>> = {
  amount: 1250,
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
  sessionId: 'visit-20260131',
  provider: 'http',
  subject: '019a7c5e-2f4b-7d3a-9c1e-5b8f6a4d2e10',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  accessToken: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln',
  refreshToken: 'a-refresh-token',
  phone: '+4930123456',
  // A list of what the reader has: empty works for everybody.
  imageIds: [],
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
  if (anyOf) return exampleOfAny(anyOf as readonly JsonSchema[], name);
  const { type, format, minimum } = schema as Record<string, string | number | undefined>;
  if (type === 'object') return exampleObject(schema);
  if (name in byName) return byName[name];
  if (type === 'array') return [exampleValue((schema.items ?? {}) as JsonSchema, name)];
  if (format !== undefined && format in byFormat) return byFormat[format];
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return type === 'integer' || type === 'number' ? (minimum ?? 1) : 'text';
}

/** What may be missing is shown so: most of the time it is, and it contradicts nothing around it. */
function exampleOfAny(shapes: readonly JsonSchema[], name: string): unknown {
  const isNullable = shapes.some(({ type }) => type === 'null');
  return isNullable && !(name in byName) ? null : exampleValue(shapes[0] ?? {}, name);
}

function exampleObject({ properties = {} }: JsonSchema): unknown {
  const entries = Object.entries(properties as Record<string, JsonSchema>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, exampleValue(schema, name)]));
}
