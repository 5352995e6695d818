import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { operatorTokenFile, operatorUrlFile } from '#kernel/http/operator-token';

import { CliError } from './cli-error.ts';
import type { Given } from './command.ts';

/** The flags of every command that talks to a running host. */
export const hostFlags = {
  module: { type: 'string' },
  json: { type: 'boolean' },
  url: { type: 'string' },
} as const;

const answerWithinMs = 30_000;

/** Asks the operators' listener of a running host. Throws a `CliError` in words for a person. */
export type AskHost = <Answer>(
  method: 'GET' | 'POST',
  path: string,
  parameters?: Readonly<Record<string, unknown>>,
) => Promise<Answer>;

/**
 * Finds the host that runs on DATA_DIR: its address and its token lie there. `--url` and
 * OPERATOR_TOKEN reach one whose folder is elsewhere.
 */
export function connectHost(given: Given): AskHost {
  const folder = process.env.DATA_DIR || './data';
  const url = givenUrl(given) ?? readNote(folder, operatorUrlFile) ?? nothingRuns(folder);
  const token =
    process.env.OPERATOR_TOKEN || readNote(folder, operatorTokenFile) || nothingRuns(folder);
  return async (method, path, parameters = {}) => {
    const told = Object.entries(parameters).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams();
    for (const [name, value] of told) query.set(name, String(value));
    const response = await send(`${url}${path}${method === 'GET' ? `?${query}` : ''}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(answerWithinMs),
      ...(method === 'POST' && { body: JSON.stringify(Object.fromEntries(told)) }),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new CliError(refusal(response.status, answer as Refusal));
    return answer as never;
  };
}

function givenUrl(given: Given): string | undefined {
  const url = given.text('url');
  if (url === undefined || /^https?:\/\/[^/]+$/.test(url)) return url;
  throw new CliError(`--url ${url} is no address such as http://127.0.0.1:4000.`, 2);
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

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const late = (error as Error).name === 'TimeoutError';
    const why = late ? `did not answer within ${answerWithinMs / 1000} s` : 'can not be reached';
    throw new CliError(`The host at ${new URL(url).origin} ${why}. Does it run?`);
  }
}

type Refusal = {
  readonly title?: string;
  readonly errors?: readonly { field: string; message: string }[];
  readonly details?: { readonly modules?: readonly string[] };
};

function refusal(status: number, { title, errors = [], details }: Refusal): string {
  if (status === 401) return 'The host does not accept this operator token (OPERATOR_TOKEN).';
  const wrong = errors.map(({ field, message }) => `\n  --${field} ${message}`).join('');
  const modules = details?.modules ? ` It has ${details.modules.join(', ')}.` : '';
  return `${title ?? `The host answered ${status}.`}${modules}${wrong}`;
}
