import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { operatorTokenFile, operatorUrlFile } from '#kernel/http/operator-token';

import { CliError } from './cli-error.ts';
import type { Given } from './command.ts';

/** The flags of every command that talks to a running host. */
export const hostFlags = {
  module: { type: 'string' },
  json: { type: 'boolean' },
  host: { type: 'string' },
  url: { type: 'string' },
} as const;

/** The host was reached, and said no to this one request. */
export class HostRefusal extends CliError {}

const answerWithinMs = 30_000;

/** Asks the operators' listener of a running host. Throws a `CliError` in words for a person. */
export type AskHost = <Answer>(
  method: 'GET' | 'POST',
  path: string,
  parameters?: Readonly<Record<string, unknown>>,
) => Promise<Answer>;

/**
 * Finds the host that runs on DATA_DIR: its address and its token lie there. `--host` says which,
 * where several do; of the instances of a host, which share its stores, whichever can be reached.
 * `--url` and OPERATOR_TOKEN reach one whose folder is elsewhere.
 */
export function connectHost(given: Given): AskHost {
  const folder = process.env.DATA_DIR || './data';
  const url = givenUrl(given);
  const urls = url === undefined ? notesOfHost(folder, given.text('host')) : [url];
  const token =
    process.env.OPERATOR_TOKEN || readNote(folder, operatorTokenFile) || nothingRuns(folder);
  return async (method, path, parameters = {}) => {
    const told = Object.entries(parameters).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams();
    for (const [name, value] of told) query.set(name, String(value));
    const response = await sendToOne(urls, `${path}${method === 'GET' ? `?${query}` : ''}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(answerWithinMs),
      ...(method === 'POST' && { body: JSON.stringify(Object.fromEntries(told)) }),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new HostRefusal(refusal(response.status, answer as Refusal));
    return answer as never;
  };
}

function givenUrl(given: Given): string | undefined {
  const url = given.text('url');
  const isAddress = (text: string) => /^https?:\/\/[^/]+$/.test(text) && URL.canParse(text);
  if (url === undefined || isAddress(url)) return url;
  throw new CliError(`--url ${url} is no address such as http://127.0.0.1:4000.`, 2);
}

/** The addresses that the host of that name has left, or the only one that is there. */
function notesOfHost(folder: string, host: string | undefined): readonly string[] {
  const notes = notesIn(folder);
  if (notes.length === 0) return nothingRuns(folder);
  const meant = host === undefined ? notes : notesNamed(host, notes);
  if (meant.length === 0 || (host === undefined && meant.length > 1)) {
    throw whichHost(folder, host, notes);
  }
  const urls = meant.flatMap((note) => readNote(folder, note) ?? []);
  return urls.length > 0 ? urls : nothingRuns(folder);
}

/** That of the one instance that is named, or those of all instances of the host. */
function notesNamed(host: string, notes: readonly string[]): readonly string[] {
  const exact = notes.filter((note) => note === operatorUrlFile(host));
  if (exact.length > 0) return exact;
  return notes.filter(
    (note) =>
      note.startsWith(`${host}-`) && /^\d+\.operator\.url$/.test(note.slice(host.length + 1)),
  );
}

function notesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => `.${name}`.endsWith(`.${operatorUrlFile()}`));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'EACCES') throw new CliError(`${folder} is not yours to read.`);
    throw error;
  }
}

function whichHost(folder: string, host: string | undefined, notes: readonly string[]): CliError {
  const names = notes
    .filter((note) => note !== operatorUrlFile())
    .map((note) => note.slice(0, -operatorUrlFile().length - 1));
  const nameless = notes.length > names.length ? ', and one without a name, by its --url' : '';
  const there = `${names.join(', ') || 'none'}${nameless}`;
  if (host !== undefined) {
    return new CliError(`No host ${host} runs on DATA_DIR=${folder}. There are: ${there}.`);
  }
  return new CliError(`Several hosts run on DATA_DIR=${folder}. Name one by --host: ${there}.`, 2);
}

function readNote(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES') throw new CliError(`${join(folder, file)} is not yours to read.`);
    throw error;
  }
}

function nothingRuns(folder: string): never {
  throw new CliError(
    `Nothing runs on DATA_DIR=${folder}. Start it with \`npm start\`, or name the folder of the host that you mean: DATA_DIR=...`,
  );
}

/** Asks the first, and the next one where that can't be reached: then nothing has been done yet. */
async function sendToOne(
  urls: readonly string[],
  path: string,
  init: RequestInit,
): Promise<Response> {
  const [first = '', ...others] = urls;
  try {
    return await fetch(first + path, init);
  } catch (error) {
    if (others.length > 0 && isRefused(error)) return sendToOne(others, path, init);
    const late = (error as Error).name === 'TimeoutError';
    const why = late ? `did not answer within ${answerWithinMs / 1000} s` : 'can not be reached';
    throw new CliError(`The host at ${new URL(first).origin} ${why}. Does it run?`);
  }
}

function isRefused(error: unknown): boolean {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';
}

type Refusal = {
  readonly title?: string;
  readonly errors?: readonly { field: string; message: string }[];
  readonly details?: { readonly modules?: readonly string[]; readonly why?: string };
};

function refusal(status: number, { title, errors = [], details }: Refusal): string {
  if (status === 401) return 'The host does not accept this operator token (OPERATOR_TOKEN).';
  const wrong = errors.map(({ field, message }) => `\n  --${field} ${message}`).join('');
  const modules = details?.modules ? ` It has ${details.modules.join(', ')}.` : '';
  const why = details?.why ? ` ${details.why}` : '';
  return `${title ?? `The host answered ${status}.`}${modules}${why}${wrong}`;
}
