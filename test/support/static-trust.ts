import { createHmac, randomUUID } from 'node:crypto';

import { Failure } from '#kernel/failure';
import type { ServiceToken, Trust } from '#kernel/ports/trust';

type Claims = {
  readonly host: string;
  readonly modules: readonly string[];
  readonly audience: string;
  readonly nonce: string | null;
  readonly until: number;
};

export type StaticTrust = Trust & {
  /** Every token that `prove` has made, in order. */
  readonly proven: readonly { audience: string; nonce: string | undefined; text: string }[];
};

export type StaticTrustOptions = {
  readonly host: string;
  /** The modules that it says it speaks for; `*` is all. */
  readonly modules: readonly string[];
  /** Whoever has the secret is trusted. */
  readonly secret?: string;
  readonly lifeMs?: number;
};

/** Hosts that share one secret: HMAC where the real ones have a key each. For tests of transports. */
export function staticTrust(options: StaticTrustOptions): StaticTrust {
  const { host, modules, secret = 'one for all', lifeMs = 60_000 } = options;
  const proven: { audience: string; nonce: string | undefined; text: string }[] = [];
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
  const own = new Map<string, ServiceToken>();
  const known = new Map<string, Claims>();

  function examine(token: string): Claims {
    const [body = '', signature = ''] = token.split('.');
    if (signature !== sign(body)) throw unproven();
    return JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
  }

  return {
    proven,
    prove(audience, nonce) {
      const before = nonce === undefined ? own.get(audience) : undefined;
      if (before && before.expiresAt > Date.now() + lifeMs / 3) return before;
      const until = Date.now() + lifeMs;
      const claims: Claims = { host, modules, audience, nonce: nonce ?? null, until };
      const body = Buffer.from(JSON.stringify({ ...claims, id: randomUUID() })).toString(
        'base64url',
      );
      const text = `${body}.${sign(body)}`;
      proven.push({ audience, nonce, text });
      const token = { text, expiresAt: until };
      if (nonce === undefined) own.set(audience, token);
      return token;
    },
    verify(token, expected) {
      const claims = known.get(token) ?? examine(token);
      if (claims.nonce === null) known.set(token, claims);
      const isForUs = expected.audience.includes(claims.audience);
      if (!isForUs || claims.nonce !== (expected.nonce ?? null)) throw unproven();
      if (claims.until <= Date.now()) throw unproven();
      return { host: claims.host, modules: speaksFor(claims.modules), until: claims.until };
    },
    seal: (_source, text) => text,
    unseal: (_source, sealed) => sealed,
  };
}

function speaksFor(modules: readonly string[]): ReadonlySet<string> {
  return modules.includes('*') ? new Everyone(modules) : new Set(modules);
}

class Everyone extends Set<string> {
  override has(): boolean {
    return true;
  }
}

function unproven(): Failure {
  const title = 'The calling host could not be verified.';
  const details = undefined;
  return new Failure({
    contract: 'kernel',
    code: 'unproven',
    kind: 'unauthenticated',
    title,
    details,
  });
}
