import type { JsonSchema } from '#kernel/http/openapi-document';

/** One field of a body as a reader wants it: its path, type and limits. */
export type FieldLine = {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly limits: string;
};

/** Flattens an object's schema to lines such as `items[].quantity`. */
export function fieldsOf(schema: JsonSchema, prefix = ''): FieldLine[] {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, JsonSchema>;
    required?: readonly string[];
  };
  return Object.entries(properties).flatMap(([name, child]) => {
    const path = prefix + name;
    const line = {
      path,
      type: typeOf(child),
      required: required.includes(name),
      limits: limitsOf(child),
    };
    return [line, ...inner(child, path)];
  });
}

/** A schema in a word or two: `text`, `list of object`, `pending | completed`. */
export function typeOf(schema: JsonSchema): string {
  const {
    type,
    enum: words,
    anyOf,
    format,
    items,
  } = schema as {
    type?: string;
    enum?: readonly string[];
    anyOf?: readonly JsonSchema[];
    format?: string;
    items?: JsonSchema;
  };
  if (words) return words.join(' | ');
  if (anyOf) return anyOf.map(typeOf).join(' | ');
  if (type === 'array') return `list of ${typeOf(items ?? {})}`;
  if (type === 'string') return format ?? 'text';
  return type ?? 'anything';
}

function inner(schema: JsonSchema, path: string): FieldLine[] {
  if (schema.type === 'object') return fieldsOf(schema, `${path}.`);
  const items = schema.items as JsonSchema | undefined;
  return items?.type === 'object' ? fieldsOf(items, `${path}[].`) : [];
}

const limitNames: Readonly<Record<string, string>> = {
  minLength: 'at least {} long',
  maxLength: 'at most {} long',
  minimum: 'from {}',
  maximum: 'up to {}',
  minItems: 'at least {} items',
  maxItems: 'at most {} items',
};

/** The limits of a schema as a phrase. */
export function limitsOf(schema: JsonSchema): string {
  return Object.entries(limitNames)
    .filter(([keyword]) => keyword in schema && schema[keyword] !== Number.MAX_SAFE_INTEGER)
    .map(([keyword, phrase]) => phrase.replace('{}', String(schema[keyword])))
    .join(', ');
}
