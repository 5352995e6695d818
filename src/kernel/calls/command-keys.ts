import { createHash } from 'node:crypto';

import type { Call } from '../contract.ts';
import { Failure, type FailureRecord } from '../failure.ts';
import type { Reader, StoreTx } from '../ports/store.ts';
import { migration } from '../stores/migration.ts';
import { callFailures } from './call-failures.ts';
import { hashOfKey, type Seal, sealFor } from './seal.ts';

/** The first answers of keyed commands, kept in the store whose rows they changed. */
export const commandKeyMigrations = [
  migration('kernel-0001-command-keys', [
    `create table command_keys (
      key text not null,
      call text not null,
      input_hash text not null,
      answer text,
      failure text,
      answered_at bigint not null,
      primary key (key, call)
    )`,
    'create index command_keys_by_age on command_keys (answered_at)',
  ]),
];

/** A command as its key remembers it. */
export type KeyedCommand = {
  readonly key: string;
  readonly call: string;
  readonly inputHash: string;
  readonly seal: Seal | undefined;
};

export type Answer = { readonly output: unknown } | { readonly failure: Failure };

type Row = { input_hash: string; answer: string | null; failure: string | null };

export function keyedCommand(
  { secret }: Pick<Call, 'secret'>,
  call: string,
  key: string,
  input: unknown,
): KeyedCommand {
  if (!secret) return { key, call, inputHash: hashOfInput(input), seal: undefined };
  // A hash of the input would let who reads the store try passwords at the speed of that hash.
  const seal = sealFor([call, key, sorted(input)]);
  return { key: hashOfKey(key), call, inputHash: 'sealed', seal };
}

/** The first answer to a command, if there is one. Throws `idempotencyKeyReused` for another input. */
export async function findAnswer(
  { sql }: Reader,
  { key, call, inputHash, seal }: KeyedCommand,
): Promise<Answer | undefined> {
  const [row] = await sql<Row>`
    select input_hash, answer, failure from command_keys where key = ${key} and call = ${call}`;
  if (!row) return undefined;
  if (row.input_hash !== inputHash) throw callFailures.idempotencyKeyReused();
  if (row.failure === null) return { output: JSON.parse(opened(row.answer ?? 'null', seal)) };
  const record = JSON.parse(opened(row.failure, seal)) as FailureRecord & { details: unknown };
  return { failure: new Failure(record) };
}

function opened(kept: string, seal: Seal | undefined): string {
  if (!seal) return kept;
  const text = seal.open(kept);
  if (text === undefined) throw callFailures.idempotencyKeyReused();
  return text;
}

/** Keeps the answer with the transaction of its effect; false when another transaction was first. */
export async function keepAnswer(
  { sql }: StoreTx,
  { key, call, inputHash, seal }: KeyedCommand,
  answer: Answer,
  now: number,
): Promise<boolean> {
  const text = JSON.stringify(
    'output' in answer ? (answer.output ?? null) : answer.failure.toRecord(),
  );
  const kept = seal ? seal.close(text) : text;
  const [output, refused] = 'output' in answer ? [kept, null] : [null, kept];
  const rows = await sql`
    insert into command_keys (key, call, input_hash, answer, failure, answered_at)
    values (${key}, ${call}, ${inputHash}, ${output}, ${refused}, ${now})
    on conflict do nothing returning key`;
  return rows.length > 0;
}

/** Removes answers older than `before`, at most `limit`; answers how many it removed. */
export async function pruneAnswers({ sql }: Reader, before: number, limit: number) {
  const gone = await sql`
    delete from command_keys where (key, call) in (
      select key, call from command_keys where answered_at < ${before} limit ${limit})
    returning key`;
  return gone.length;
}

/** The same for two inputs that differ only in the order of their fields. */
function hashOfInput(input: unknown): string {
  return createHash('sha1').update(sorted(input)).digest('base64url');
}

function sorted(input: unknown): string {
  return JSON.stringify(input, sortedFields);
}

function sortedFields(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  let last = '';
  for (const name of names) {
    if (name < last) {
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    last = name;
  }
  return value;
}
