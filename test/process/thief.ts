import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseSigningKey, type SigningKey } from '#kernel/trust/service-keys';
import { openRawStream } from '#test/raw-stream';
import { until } from '#test/until';

import { forge } from '../kernel/trust/trust-scene.ts';

/** The key of a host, as whoever can read its files has it. */
export function stolenKey(dataDir: string, host: string): SigningKey {
  return parseSigningKey(readFileSync(join(dataDir, 'service-keys', `${host}.key`), 'utf8'));
}

export type Claimed = {
  readonly iss: string;
  readonly mods: readonly string[];
  readonly aud: string;
  /** Seconds from now. */
  readonly from?: number;
  readonly until?: number;
  readonly nonce?: string;
};

/** A token that says what a thief wants said, named after `kid` and signed with `key`. */
export function tokenOf(claimed: Claimed, key: SigningKey, kid = key.kid): string {
  const now = Math.floor(Date.now() / 1000);
  const { from = 0, until: end = from + 60, ...rest } = claimed;
  const times = { iat: now + from, nbf: now + from, exp: now + end };
  const header = { alg: 'EdDSA', typ: 'seamline-service+jwt', kid };
  return forge(header, { ...rest, ...times }, key.privateKey);
}

export type Attempt = {
  readonly caller: string;
  /** `orders.createOrder` */
  readonly call: string;
  readonly token: string;
};

/** One call in a request of its own. Answers status and body. */
export async function attemptRequest(internal: string, attempt: Attempt): Promise<string> {
  const { caller, call, token } = attempt;
  const response = await fetch(`${internal}/internal/calls/${call.replace('.', '/')}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-service-token': token,
      'x-caller': caller,
      'x-actor': '{"kind":"anyone"}',
      'x-timeout-ms': '2000',
      traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
      'idempotency-key': randomUUID(),
    },
    body: '{}',
  });
  return `${response.status} ${await response.text()}`;
}

type StreamAttempt = Omit<Attempt, 'token'> & { readonly token: (nonce: string) => string };

/** One call on a stream of its own. Answers the last message, and what became of the connection. */
export async function attemptStream(internal: string, attempt: StreamAttempt): Promise<string> {
  const stream = await openRawStream(Number(new URL(internal).port));
  const [contract, name] = attempt.call.split('.');
  stream.send([2, attempt.token(stream.nonce)]);
  stream.send(
    [3, 0, attempt.caller, contract, name],
    [4, 1, 0, 2000, { kind: 'anyone' }, 'key', '1'.repeat(32), '2'.repeat(16), 0, {}, 0],
  );
  const last = await until(() => /\[(?:16,|[78],1,).*/.exec(stream.received())?.[0], {
    what: 'an answer, or the end',
  });
  if (last.startsWith('[16,')) await until(stream.isClosed);
  stream.socket.destroy();
  return `${last.replace(/^\[(\d+),(?:1,)?/, (_, kind) => (kind === '16' ? 'closed ' : 'failed '))}`;
}
