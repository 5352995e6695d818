import { NoAnswer, problemIn, ShopProblem } from './problem.ts';
import { pause, pauseFor } from './retry.ts';
import { type Session, type Tokens, tokensOf } from './session.ts';

export type ShopOptions = {
  /** Where the shop is: `https://shop.example.com`. */
  readonly url: string;
  /** Milliseconds for one try. Default 40 000: longer than the longest wait that the shop offers. */
  readonly timeoutMs?: number;
  /** How often a request without an answer is sent again. Default 3. */
  readonly retries?: number;
  readonly fetch?: typeof fetch;
};

export type CallOptions = {
  readonly signal?: AbortSignal;
  /** Told apart from other commands; made up by default. Give the same again to repeat the same. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What is sent, ready but for its token. */
export type Outgoing = {
  readonly method: string;
  readonly path: string;
  readonly body?: string | FormData;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream or a download: the answer may take long, once it has begun. */
  readonly flows?: boolean;
};

export type Send = (outgoing: Outgoing, options: CallOptions) => Promise<Response>;

/**
 * Sends requests: with the session's token, renewed once when it has run out; again, after a growing
 * pause, when there was no answer or the shop said to come back later. Throws `ShopProblem` for a
 * refusal and `NoAnswer` when the last try got none; a caller's own abort is thrown as it is.
 */
export function composeSend(options: ShopOptions, session: Session): Send {
  const sendPatiently = composeRetries(composeTry(options, session), options.retries ?? 3);
  const renew = () =>
    session.renewOnce(async ({ refreshToken }) => {
      const response = await sendPatiently(renewal(refreshToken), {});
      return response.ok ? tokensOf((await response.json()) as Tokens) : undefined;
    });
  return async (outgoing, asked) => {
    let response = await sendPatiently(outgoing, asked);
    if (response.status === 401 && (await renew())) {
      await response.body?.cancel();
      response = await sendPatiently(outgoing, asked);
    }
    if (response.status >= 400) throw new ShopProblem(await problemIn(response));
    return response;
  };
}

function renewal(refreshToken: string): Outgoing {
  return {
    method: 'POST',
    path: '/api/auth/refresh',
    body: JSON.stringify({ refreshToken }),
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
  };
}

/** One try, with the token of that moment. */
function composeTry(options: ShopOptions, session: Session): Send {
  const { url, timeoutMs = 40_000, fetch: send = fetch } = options;
  return async ({ method, path, body = null, headers, flows = false }, asked) => {
    const tokens = session.tokens();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('No answer in time.')), timeoutMs);
    try {
      const response = await send(new URL(path, url), {
        method,
        body,
        headers: {
          ...headers,
          ...(tokens && { authorization: `Bearer ${tokens.accessToken}` }),
          ...asked.headers,
        },
        signal: asked.signal ? AbortSignal.any([asked.signal, late.signal]) : late.signal,
      });
      // What flows may flow for as long as it is read; an answer is there whole, or not in time.
      return flows ? response : await whole(response);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function whole(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  const text = await response.text();
  return new Response(text === '' ? null : text, { status, statusText, headers });
}

/** Everything is safe to send again: readings change nothing, and commands carry their key. */
function composeRetries(send: Send, retries: number): Send {
  return async (outgoing, asked) => {
    for (let tried = 0; ; tried += 1) {
      const isLast = tried >= retries;
      try {
        const response = await send(outgoing, asked);
        const waitMs = isLast ? undefined : pauseFor(response, tried);
        if (waitMs === undefined) return response;
        await response.body?.cancel();
        await pause(waitMs, asked.signal);
      } catch (error) {
        if (asked.signal?.aborted) throw error;
        if (isLast) throw new NoAnswer(error, outgoing.headers['idempotency-key']);
        await pause(pauseFor(undefined, tried) ?? 0, asked.signal);
      }
    }
  };
}
