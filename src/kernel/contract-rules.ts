import type { TSchema } from './schema.ts';

/** TypeBox keeps these beside the JSON Schema of a type, so an exported contract would lose them. */
const lostOnExport = ['~refine', '~codec'];

/** JSON Schema keywords that change a value instead of describing it. */
const changesValues = ['default'];

/** Types of TypeBox that no JSON carries. */
const notInJson = ['BigInt', 'Function', 'Symbol', 'Undefined', 'Void', 'Promise', 'AsyncIterator'];

/** Throws a `TypeError` naming the place when `schema` can't be exported whole as JSON Schema. */
export function refuseUnexportable(schema: TSchema, place: string): void {
  visit(schema, place, new Set());
}

function visit(node: unknown, place: string, seen: Set<object>): void {
  if (typeof node !== 'object' || node === null || seen.has(node)) return;
  seen.add(node);
  const record = node as Record<string, unknown>;
  for (const key of [...lostOnExport, ...changesValues]) {
    if (Object.hasOwn(record, key)) refuse(place, `'${key.replace('~', '')}'`);
  }
  if (notInJson.includes(record['~kind'] as string)) refuse(place, String(record['~kind']));
  // `properties` maps names to schemas: a field called `default` is no keyword.
  const { properties, ...keywords } = record;
  for (const [name, child] of Object.entries(properties ?? {}))
    visit(child, `${place}.${name}`, seen);
  for (const [name, child] of Object.entries(keywords)) visit(child, `${place}/${name}`, seen);
}

function refuse(place: string, what: string): never {
  throw new TypeError(
    `Contract schema ${place} uses ${what}, which is lost when the contract is exported as JSON Schema. Describe the value itself, and change it in a handler.`,
  );
}
