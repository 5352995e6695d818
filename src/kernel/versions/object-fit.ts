import type { Schema } from './canonical.ts';
import type { Gap } from './gap.ts';

type Compare = (sent: Schema, taken: Schema, field: string) => Gap | undefined;
type ByName = Readonly<Record<string, Schema>>;

/** Compares two objects field by field, and those whose fields may have any name by their values. */
export function objectGap(
  sent: Schema,
  taken: Schema,
  field: string,
  compare: Compare,
): Gap | undefined {
  return (
    missingField(sent, taken, field) ??
    fieldsGap(sent, taken, field, compare) ??
    closedGap(sent, taken, field) ??
    anyNameGap(sent, taken, field, compare)
  );
}

const within = (field: string, name: string) => (field === '' ? name : `${field}.${name}`);
const propertiesOf = ({ properties }: Schema) => (properties ?? {}) as ByName;
const requiredOf = ({ required }: Schema) => (required ?? []) as readonly string[];

function missingField(sent: Schema, taken: Schema, field: string): Gap | undefined {
  const sure = requiredOf(sent);
  const missing = requiredOf(taken).find((name) => !sure.includes(name));
  if (missing === undefined) return undefined;
  const isKnown = Object.hasOwn(propertiesOf(sent), missing);
  const sends = isKnown ? 'may leave it out' : 'does not send it';
  return { field: within(field, missing), sends, takes: 'needs it' };
}

/** A field that one side does not name is not there for it. */
function fieldsGap(sent: Schema, taken: Schema, field: string, compare: Compare) {
  const theirs = propertiesOf(taken);
  for (const [name, schema] of Object.entries(propertiesOf(sent))) {
    const other = Object.hasOwn(theirs, name) ? theirs[name] : undefined;
    const gap = other && compare(schema, other, within(field, name));
    if (gap) return gap;
  }
  return undefined;
}

function closedGap(sent: Schema, taken: Schema, field: string): Gap | undefined {
  const closes = taken.additionalProperties;
  if (closes === undefined || closes === true) return undefined;
  const takes = 'takes no other fields than those it knows';
  if (closes !== false || sent.additionalProperties !== false) {
    return { field, sends: 'may send other fields', takes };
  }
  const theirs = propertiesOf(taken);
  const extra = Object.keys(propertiesOf(sent)).find((name) => !Object.hasOwn(theirs, name));
  return extra === undefined
    ? undefined
    : { field: within(field, extra), sends: 'may send it', takes: 'refuses what it does not know' };
}

/** Records: their values are compared when the names that they allow are the same. */
function anyNameGap(sent: Schema, taken: Schema, field: string, compare: Compare) {
  const [ours, theirs] = [sent, taken].map((one) => (one.patternProperties ?? {}) as ByName);
  const names = Object.keys(theirs ?? {});
  if (names.join('\n') !== Object.keys(ours ?? {}).join('\n')) {
    const words = (of: ByName | undefined) => `fields that match ${Object.keys(of ?? {}).join()}`;
    const told = (of: ByName | undefined) =>
      Object.keys(of ?? {}).length > 0 ? words(of) : 'fields of fixed names alone';
    return { field, sends: `sends ${told(ours)}`, takes: `takes ${told(theirs)}` };
  }
  for (const name of names) {
    const [value, other] = [ours?.[name], theirs?.[name]];
    const gap = value && other && compare(value, other, within(field, '*'));
    if (gap) return gap;
  }
  return undefined;
}
