import { type CryptoKey, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';

import { unauthenticated } from '#kernel/kernel-failures';
import type { Actor } from '#kernel/ports/call-context';
import type { Clock } from '#kernel/ports/clock';

import { type AccessClaims, type Bearer, bearerOf } from '../domain/access-claims.ts';
import type { SigningKeys } from './signing-keys.ts';

/** How the tokens are made that are accepted; see the contract of the module that makes them. */
export type TokenRules = {
  readonly algorithm: string;
  readonly type: string;
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
};

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
export function createVerifyAccessToken(
  rules: TokenRules,
  keys: SigningKeys,
  clock: Clock,
): VerifyAccessToken {
  const known = new LRUCache<string, Known>({ max: rememberedTokens });
  const verify = async (token: string): Promise<Actor> => {
    const kid = readKeyId(token, rules);
    const key = await keys.find(kid);
    if (!key) throw unauthenticated();
    const { userId, roles, until } = await readBearer(token, key, clock.now(), rules);
    const actor: Actor = { kind: 'user', id: userId, roles };
    known.set(token, { actor, kid, untilMs: until * 1000 });
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

function readKeyId(token: string, rules: TokenRules): string {
  if (token.length > longestToken) throw unauthenticated();
  const header = headerOf(token);
  const { alg, typ, kid } = header;
  const plain = Object.keys(header).every((name) => knownHeaders.includes(name));
  const ours = alg === rules.algorithm && typ === rules.type;
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

async function readBearer(
  token: string,
  key: CryptoKey,
  now: number,
  rules: TokenRules,
): Promise<Bearer> {
  const { algorithm, type: typ, issuer, audience } = rules;
  const options = { algorithms: [algorithm], typ, issuer, audience, clockTolerance: skewSeconds };
  const claims = await signedClaims(token, key, { ...options, currentDate: new Date(now) });
  const bearer = bearerOf(claims, now / 1000, { ...rules, skewSeconds });
  if (!bearer) throw unauthenticated();
  return bearer;
}

async function signedClaims(
  token: string,
  key: CryptoKey,
  options: NonNullable<Parameters<typeof jwtVerify>[2]>,
): Promise<AccessClaims> {
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw unauthenticated();
    throw error;
  }
}
