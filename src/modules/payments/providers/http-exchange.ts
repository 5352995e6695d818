import { parseStrictJson } from '#kernel/http/strict-json';

import type { Unknown } from './provider.ts';

/** Longer than any honest provider needs; two of them fit into the 10 s of a saga step. */
const answerWithinMs = 4_500;

/** A charge has a few hundred bytes, a list of all with one reference a few thousand. */
const largestAnswerBytes = 256 * 1024;

export type Question = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Statuses whose body is an answer; any other says nothing about what happened. */
  readonly statuses: readonly number[];
};

export type Answered = { readonly status: number; readonly body: unknown };

/**
 * Asks once. Whatever is not a complete JSON answer with an expected status, in time and of a
 * sensible size, from this very server, is unknown: it may have happened. What the provider said is
 * never repeated in `why`: it may hold a token.
 */
export async function exchange(
  { method, url, headers, body, statuses }: Question,
  signal: AbortSignal,
): Promise<Answered | Unknown> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      // Elsewhere is somebody else, who must not get the key.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const { status } = response;
    if (!statuses.includes(status)) {
      await response.body?.cancel();
      return { status: 'unknown', why: `the provider answered ${status}` };
    }
    const text = await boundedText(response);
    if (text === undefined) return { status: 'unknown', why: 'the answer was too long' };
    return { status, body: parseStrictJson(text) };
  } catch (error) {
    return { status: 'unknown', why: whyOf(error) };
  }
}

export function isUnknown(answer: { readonly status: unknown }): answer is Unknown {
  return answer.status === 'unknown';
}

async function boundedText({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop hangs up.
    if (size > largestAnswerBytes) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

/** What went wrong, by its code: `ECONNREFUSED`, `UND_ERR_SOCKET`, `TimeoutError`, `malformed_json`. */
function whyOf(error: unknown): string {
  const { code, name, cause } = error as Error & { code?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') return 'the provider was silent';
  const inner = (cause as { code?: unknown } | undefined)?.code;
  return `the exchange broke: ${String(inner ?? (typeof code === 'string' ? code : name))}`;
}
