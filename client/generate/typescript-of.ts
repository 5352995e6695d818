/** What of JSON Schema the contracts use. */
export type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
};

const plain: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** Writes a schema as a TypeScript type. */
export function typescriptOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => literal(value)).join(' | ');
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.anyOf) return schema.anyOf.map((one) => bracketed(typescriptOf(one))).join(' | ');
  if (schema.type === 'array') return `readonly ${bracketed(typescriptOf(schema.items ?? {}))}[]`;
  if (schema.type === 'object') return objectOf(schema);
  return plain[schema.type ?? ''] ?? 'unknown';
}

/** An object type of these properties, one a line. */
export function fieldsOf(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): string {
  const lines = Object.entries(properties).map(([name, schema]) => {
    const mark = required.includes(name) ? '' : '?';
    return `readonly ${name}${mark}: ${typescriptOf(schema)};`;
  });
  return lines.length === 0 ? 'Readonly<Record<string, never>>' : `{\n${lines.join('\n')}\n}`;
}

function objectOf({
  properties,
  required,
  patternProperties,
  additionalProperties,
}: Schema): string {
  const [values] = Object.values(patternProperties ?? {});
  const open = typeof additionalProperties === 'object' ? additionalProperties : values;
  if (open) return `Readonly<Record<string, ${typescriptOf(open)}>>`;
  return fieldsOf(properties ?? {}, required);
}

const literal = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value));

function bracketed(type: string): string {
  return /[|&]|^readonly /.test(type) && !type.startsWith('{') ? `(${type})` : type;
}
