import type { AnyContract, Call } from '../contract.ts';
import { canonicalSchema, isRecord, type Schema, sortedByName } from './canonical.ts';

/** A contract as it crosses a wire: all that binds those who meet through it, and nothing else. */
export type ExportedContract = {
  readonly contract: string;
  readonly calls: ByName<{
    readonly kind: string;
    readonly input: Schema;
    readonly output: Schema;
  }>;
  /** `subject` is the field that orders them. */
  readonly events: ByName<{ readonly subject: string; readonly data: Schema }>;
  /** By their codes. */
  readonly failures: ByName<{ readonly kind: string; readonly details?: Schema }>;
};

type ByName<T> = Readonly<Record<string, T>>;

export function exportContract({ name, calls, events, errors }: AnyContract): ExportedContract {
  return {
    contract: name,
    calls: byName(Object.values(calls) as Call[], (call) => [
      call.name,
      { kind: call.kind, input: plain(call.input), output: plain(call.output) },
    ]),
    events: byName(Object.values(events), ({ event, subjectField, schema }) => [
      event,
      { subject: subjectField, data: plain(schema) },
    ]),
    failures: byName(Object.values(errors), ({ code, kind, schema }) => [
      code,
      { kind, ...(schema && { details: plain(schema) }) },
    ]),
  };
}

/** Two versions that say the same are the same text. */
export function textOf(contract: ExportedContract): string {
  return JSON.stringify(contract);
}

/** Throws a `TypeError` whose message says why it is no contract. */
export function parseContract(text: string): ExportedContract {
  const read = readJson(text);
  if (!isRecord(read) || typeof read.contract !== 'string') throw new TypeError('it has no name');
  return {
    contract: read.contract,
    calls: byName(entriesOf(read, 'calls'), ([name, { kind, input, output }]) => [
      name,
      { kind: String(kind), input: canonicalSchema(input), output: canonicalSchema(output) },
    ]),
    events: byName(entriesOf(read, 'events'), ([name, { subject, data }]) => [
      name,
      { subject: String(subject), data: canonicalSchema(data) },
    ]),
    failures: byName(entriesOf(read, 'failures'), ([code, { kind, details }]) => [
      code,
      { kind: String(kind), ...(details !== undefined && { details: canonicalSchema(details) }) },
    ]),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('it is no JSON');
  }
}

function entriesOf(read: Schema, part: string): readonly (readonly [string, Schema])[] {
  const list = read[part];
  if (!isRecord(list)) throw new TypeError(`it has no ${part}`);
  return Object.entries(list).map(([name, one]) => {
    if (!isRecord(one)) throw new TypeError(`${name} in its ${part} is nothing`);
    return [name, one] as const;
  });
}

function byName<T, R>(list: readonly T[], entry: (one: T) => readonly [string, R]): ByName<R> {
  return Object.fromEntries(sortedByName(list.map(entry)));
}

/** The schema library keeps its own marks beside the keywords, hidden from JSON. */
function plain(schema: object): Schema {
  return canonicalSchema(JSON.parse(JSON.stringify(schema)));
}
