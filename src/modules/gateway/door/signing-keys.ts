import { type CryptoKey, importJWK, type JWK } from 'jose';

import type { Clock } from '#kernel/ports/clock';

/** The public keys that access tokens may be signed with now, by their `kid`. */
export type SigningKeys = {
  /** Undefined for a key that nobody publishes any more, or never did. */
  find(kid: string): Promise<CryptoKey | undefined>;
  /** Whether the key is among those published, and that was asked a moment ago. */
  isCurrent(kid: string): boolean;
};

/** A retired key is refused this long after it was taken back, or once its owner can be asked again. */
const refreshEveryMs = 60_000;

/** A `kid` that nobody knows makes us look again, but not more often than this. */
const lookAgainAfterMs = 2_000;

/** Asks for the keys that are published now. */
export type FetchKeys = () => Promise<{ readonly keys: readonly JWK[] }>;

/** Keeps the keys that `fetch` answers. What `fetch` throws is thrown only while no key is known. */
export function createSigningKeys(fetch: FetchKeys, clock: Clock): SigningKeys {
  let keys: ReadonlyMap<string, CryptoKey> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const refresh = async () => {
    keys = await importAll((await fetch()).keys);
    fetchedAt = clock.now();
  };
  const refreshOnce = async () => {
    fetching ??= refresh().finally(() => {
      fetching = undefined;
    });
    await fetching.catch((error: unknown) => {
      if (keys.size === 0) throw error;
    });
  };
  return {
    async find(kid) {
      const ageMs = clock.now() - fetchedAt;
      const stale = ageMs >= refreshEveryMs || (!keys.has(kid) && ageMs >= lookAgainAfterMs);
      if (stale) await refreshOnce();
      return keys.get(kid);
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
