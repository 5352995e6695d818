import { type CryptoKey, importJWK, type JWK } from 'jose';

import { within } from '#kernel/events/backoff';
import type { Clock } from '#kernel/ports/clock';

/** The public keys that access tokens may be signed with now, by their `kid`. */
export type SigningKeys = {
  /** Undefined for a key that nobody publishes any more, or never did. */
  find(kid: string): Promise<CryptoKey | undefined>;
  /** Whether the key is among those published, and that was asked a moment ago. */
  isCurrent(kid: string): boolean;
};

/** A retired key is refused this long after it was taken back, or once its owner has answered again. */
const refreshEveryMs = 60_000;

/** A `kid` that nobody knows, or a failure, makes us look again, but not more often than this. */
const lookAgainAfterMs = 2_000;

/** So long a request waits for keys whose turn it is; then those that are known count a little longer. */
const patienceMs = 500;

/** Asks for the keys that are published now. */
export type FetchKeys = () => Promise<{ readonly keys: readonly JWK[] }>;

/**
 * Keeps the keys that `fetch` answers. A key that is known needs no answer in time: while its owner is
 * away, whoever is signed in stays so. What `fetch` throws is thrown for a key that is not known.
 */
export function createSigningKeys(fetch: FetchKeys, clock: Clock): SigningKeys {
  let keys: ReadonlyMap<string, CryptoKey> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let failed: { readonly at: number; readonly error: unknown } | undefined;
  /** `tried` resolves when it has ended, or is not waited for any more. */
  let fetching: { readonly ended: Promise<void>; readonly tried: Promise<void> } | undefined;

  async function refresh(): Promise<void> {
    try {
      keys = await importAll((await fetch()).keys);
      fetchedAt = clock.now();
      failed = undefined;
    } catch (error) {
      failed = { at: clock.now(), error };
    }
    fetching = undefined;
  }

  function begin() {
    const ended = refresh();
    const tried = within(patienceMs, 'Asking for signing keys', ended).catch(() => undefined);
    return { ended, tried };
  }

  function isDue(kid: string): boolean {
    const now = clock.now();
    const soonest = keys.has(kid) ? refreshEveryMs : lookAgainAfterMs;
    return now - fetchedAt >= soonest && now - (failed?.at ?? -Infinity) >= lookAgainAfterMs;
  }

  return {
    async find(kid) {
      if (isDue(kid)) fetching ??= begin();
      await (keys.has(kid) ? fetching?.tried : fetching?.ended);
      const key = keys.get(kid);
      if (!key && failed) throw failed.error;
      return key;
    },
    isCurrent: (kid) => keys.has(kid) && clock.now() - fetchedAt < refreshEveryMs,
  };
}

/** Only Ed25519 keys: a key of another type must never meet the algorithm of ours. */
async function importAll(jwks: readonly JWK[]): Promise<ReadonlyMap<string, CryptoKey>> {
  const entries = jwks.map(async (jwk) => {
    const { kty, crv, kid } = jwk;
    if (kty !== 'OKP' || crv !== 'Ed25519' || kid === undefined) return [];
    return [[kid, (await importJWK(jwk, 'EdDSA')) as CryptoKey] as const];
  });
  return new Map((await Promise.all(entries)).flat());
}
