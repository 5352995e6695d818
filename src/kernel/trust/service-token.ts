import { sign, timingSafeEqual, verify } from 'node:crypto';

import type { Expected, ServiceToken } from '../ports/trust.ts';
import type { SigningKey } from './service-keys.ts';
import type { TrustedKey } from './trusted-keys.ts';

/**
 * A service token is a JWT (RFC 7519, RFC 8725) of a type of its own, so that it is never taken for
 * an access token of a user, nor the reverse.
 */
export const serviceTokens = {
  algorithm: 'EdDSA',
  type: 'seamline-service+jwt',
  lifetimeSeconds: 60,
  /** How far the clocks of two hosts may differ: a token that was stolen lives longer by that. */
  toleranceSeconds: 30,
} as const;

/** Why a token was refused, for the audit log alone. */
export type Refusal =
  | 'malformed'
  | 'wrong_algorithm'
  | 'wrong_type'
  | 'unknown_header'
  | 'unknown_key'
  | 'retired_key'
  | 'wrong_signature'
  | 'malformed_claims'
  | 'wrong_issuer'
  | 'wrong_module'
  | 'wrong_audience'
  | 'lives_too_long'
  | 'not_yet_valid'
  | 'expired'
  | 'nonce_missing'
  | 'nonce_unexpected'
  | 'wrong_nonce';

export type Claims = {
  /** The name of the host. */
  readonly iss: string;
  /** The modules that it speaks for. */
  readonly mods: readonly string[];
  readonly aud: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly nonce?: string;
};

/** A token taken apart; nothing of it is proven yet. */
export type ReadToken = {
  readonly header: { readonly alg?: unknown; readonly typ?: unknown; readonly kid?: unknown };
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
};

type Subject = Pick<Claims, 'iss' | 'mods' | 'aud' | 'nonce'>;

export function signToken(subject: Subject, key: SigningKey, nowMs: number): ServiceToken {
  const { algorithm: alg, type: typ, lifetimeSeconds } = serviceTokens;
  const iat = Math.floor(nowMs / 1000);
  const exp = iat + lifetimeSeconds;
  const claims: Claims = { ...subject, iat, nbf: iat, exp };
  const signed = `${encoded({ alg, typ, kid: key.kid })}.${encoded(claims)}`;
  const signature = sign(null, Buffer.from(signed), key.privateKey).toString('base64url');
  return { text: `${signed}.${signature}`, expiresAt: exp * 1000 };
}

/** Longer than any token of ours; what is longer is refused before it costs anything. */
const longestToken = 16_000;

const threeParts = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/;

/** Undefined for what is no JWT with an Ed25519 signature. */
export function readToken(text: string): ReadToken | undefined {
  const parts = text.length <= longestToken ? threeParts.exec(text) : null;
  if (!parts) return undefined;
  const [, head = '', body = '', signature = ''] = parts;
  const header = decoded(head);
  const claims = decoded(body);
  if (!header || !claims) return undefined;
  return {
    header,
    claims,
    signed: `${head}.${body}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Headers that say where to find a key (`jwk`, `jku`, `x5u`, …) are an attack: none is known here. */
const knownHeaders = ['alg', 'typ', 'kid'];

export function headerProblem({ header }: ReadToken): Refusal | undefined {
  const { alg, typ, kid } = header;
  if (Object.keys(header).some((name) => !knownHeaders.includes(name))) return 'unknown_header';
  if (alg !== serviceTokens.algorithm) return 'wrong_algorithm';
  if (typ !== serviceTokens.type) return 'wrong_type';
  return typeof kid === 'string' ? undefined : 'malformed';
}

export function signatureProblem(
  { signed, signature }: ReadToken,
  key: TrustedKey | undefined,
  nowMs: number,
): Refusal | undefined {
  if (!key) return 'unknown_key';
  if (key.until <= nowMs) return 'retired_key';
  const good = verify(null, Buffer.from(signed), key.publicKey, signature);
  return good ? undefined : 'wrong_signature';
}

/** The claims of a token whose signature is good, or undefined when they are not those of ours. */
export function claimsOf({ claims }: ReadToken): Claims | undefined {
  const { iss, mods, aud, iat, nbf, exp, nonce } = claims;
  const texts = isText(iss) && isText(aud) && (nonce === undefined || isText(nonce));
  const times = [iat, nbf, exp].every((time) => Number.isSafeInteger(time));
  const modules = Array.isArray(mods) && mods.length > 0 && mods.every(isText);
  return texts && times && modules ? (claims as Claims) : undefined;
}

export function claimsProblem(
  { iss, mods, aud, nonce, ...times }: Claims,
  key: TrustedKey,
  expected: Expected,
  nowMs: number,
): Refusal | undefined {
  if (key.host !== undefined && key.host !== iss) return 'wrong_issuer';
  if (!mods.every((module) => key.modules.has(module))) return 'wrong_module';
  if (!expected.audience.includes(aud)) return 'wrong_audience';
  return timeProblem(times, nowMs / 1000) ?? nonceProblem(nonce, expected.nonce);
}

type Times = Pick<Claims, 'iat' | 'nbf' | 'exp'>;

function timeProblem({ iat, nbf, exp }: Times, now: number): Refusal | undefined {
  const { lifetimeSeconds, toleranceSeconds } = serviceTokens;
  if (exp - Math.min(iat, nbf) > lifetimeSeconds) return 'lives_too_long';
  if (Math.max(iat, nbf) > now + toleranceSeconds) return 'not_yet_valid';
  return exp <= iat || exp + toleranceSeconds <= now ? 'expired' : undefined;
}

function nonceProblem(brought: string | undefined, expected: string | undefined) {
  if (brought === undefined) return expected === undefined ? undefined : 'nonce_missing';
  if (expected === undefined) return 'nonce_unexpected';
  const [one, other] = [Buffer.from(brought), Buffer.from(expected)];
  const same = one.length === other.length && timingSafeEqual(one, other);
  return same ? undefined : 'wrong_nonce';
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 200;

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decoded(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
