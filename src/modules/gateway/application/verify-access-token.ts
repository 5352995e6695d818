import { type CryptoKey, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';

import { accessTokens } from '#contracts/users';
import { unauthenticated } from '#kernel/kernel-failures';
import type { Actor, Role } from '#kernel/ports/call-context';
import type { Clock } from '#kernel/ports/clock';

import type { SigningKeys } from './signing-keys.ts';

/**
 * Answers whose token it is. Throws `unauthenticated`, the same for every token that is not ours and
 * current: nothing is told to who guesses.
 */
export type VerifyAccessToken = (token: string) => Promise<Actor> | Actor;

/** Longer than any token of ours; what is longer is refused before it costs anything. */
const longestToken = 2_000;

/** How far the clocks of our hosts may differ. */
const skewSeconds = 30;

const rememberedTokens = 20_000;

type Known = { readonly actor: Actor; readonly kid: string; readonly untilMs: number };

/**
 * Verifies access tokens (RFC 8725, RFC 9068): one algorithm, type, issuer and audience, keys from
 * the users module alone. A verification costs more than the rest of a request, so its outcome is
 * remembered until the token expires or its key is taken back.
 */
export function createVerifyAccessToken(keys: SigningKeys, clock: Clock): VerifyAccessToken {
  const known = new LRUCache<string, Known>({ max: rememberedTokens });
  const verify = async (token: string): Promise<Actor> => {
    const kid = readKeyId(token);
    const key = await keys.find(kid);
    if (!key) throw unauthenticated();
    const claims = await readClaims(token, key, clock.now());
    const actor = actorOf(claims);
    known.set(token, { actor, kid, untilMs: (claims.exp! + skewSeconds) * 1000 });
    return actor;
  };
  return (token) => {
    const before = known.get(token);
    if (!before || before.untilMs <= clock.now()) return verify(token);
    return keys.isCurrent(before.kid) ? before.actor : recheck(before, keys);
  };
}

/** The signature still holds; whether its key does has not been asked for a while. */
async function recheck({ actor, kid }: Known, keys: SigningKeys): Promise<Actor> {
  if (await keys.find(kid)) return actor;
  throw unauthenticated();
}

/** Headers that say where to find a key (`jwk`, `jku`, `x5u`, …) are an attack: none is known here. */
const knownHeaders = ['alg', 'typ', 'kid'];

function readKeyId(token: string): string {
  if (token.length > longestToken) throw unauthenticated();
  const header = headerOf(token);
  const { alg, typ, kid } = header;
  const plain = Object.keys(header).every((name) => knownHeaders.includes(name));
  const ours = alg === accessTokens.algorithm && typ === accessTokens.type;
  if (!plain || !ours || typeof kid !== 'string') throw unauthenticated();
  return kid;
}

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw unauthenticated();
  }
}

async function readClaims(token: string, key: CryptoKey, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [accessTokens.algorithm],
      typ: accessTokens.type,
      issuer: accessTokens.issuer,
      audience: accessTokens.audience,
      requiredClaims: ['sub', 'iat', 'exp'],
      clockTolerance: skewSeconds,
      currentDate: new Date(now),
    });
    return sane(payload, now / 1000);
  } catch (error) {
    if (error instanceof errors.JOSEError) throw unauthenticated();
    throw error;
  }
}

/** What a signature does not say: that the token is for us alone, and lives no longer than ours do. */
function sane(claims: JWTPayload, nowSeconds: number): JWTPayload {
  const { aud, iat, exp } = claims;
  const times = typeof iat === 'number' && typeof exp === 'number';
  const lived = times && iat <= nowSeconds + skewSeconds && exp > iat;
  const short = times && exp - iat <= accessTokens.lifetimeSeconds;
  if (!lived || !short || aud !== accessTokens.audience) throw unauthenticated();
  return claims;
}

const roleNames: readonly unknown[] = ['customer', 'admin'] satisfies Role[];

function actorOf({ sub, roles }: JWTPayload): Actor {
  const known = Array.isArray(roles) ? roles.filter((role) => roleNames.includes(role)) : [];
  if (typeof sub !== 'string' || sub === '') throw unauthenticated();
  return { kind: 'user', id: sub, roles: known as Role[] };
}
