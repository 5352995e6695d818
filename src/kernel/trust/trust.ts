import { LRUCache } from 'lru-cache';

import { type Audit, createAudit } from '../audit.ts';
import { hostNotRecognised } from '../kernel-failures.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Expected, Peer, ServiceToken, Trust } from '../ports/trust.ts';
import type { Keyring } from './keyring.ts';
import { readSealed, sealProblem, sealText } from './sealed-text.ts';
import {
  claimsOf,
  claimsProblem,
  headerProblem,
  type ReadToken,
  type Refusal,
  readToken,
  serviceTokens,
  signatureProblem,
  signToken,
} from './service-token.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** A token leaves our hands with this long to go at least: it may wait on its way. */
const renewBeforeMs = 20_000;

/** Both bound what a flood of audiences or tokens can hold in memory. */
const rememberedOwn = 1_000;
const rememberedOthers = 10_000;

const toleranceMs = serviceTokens.toleranceSeconds * 1000;

type Parts = {
  readonly host: string;
  readonly modules: readonly string[];
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
};

/** A token that was good, for whom it was meant, and its key's end. */
type Verified = { readonly peer: Peer; readonly audience: string; readonly untilMs: number };

/** Composes what proves this host, and finds out about others, over one set of keys. */
export function createTrust(parts: Parts): Trust {
  const audit = createAudit(parts.log);
  return {
    ...createProofs(parts),
    ...createVerification(parts, audit),
    ...createSeals(parts, audit),
  };
}

function createProofs({ host, modules, keyring, clock }: Parts): Pick<Trust, 'prove'> {
  const tokens = new LRUCache<string, ServiceToken>({ max: rememberedOwn });
  const forgetOld = onNewKeys(keyring, () => tokens.clear());
  return {
    prove(audience, nonce) {
      forgetOld();
      const subject = { iss: host, mods: modules, aud: audience };
      // A token of one connection is asked for when it is sent, and never again.
      if (nonce !== undefined) return signToken({ ...subject, nonce }, keyring.own(), clock.now());
      const before = tokens.get(audience);
      if (before && isFresh(before, clock.now())) return before;
      const token = signToken(subject, keyring.own(), clock.now());
      tokens.set(audience, token);
      return token;
    },
  };
}

/** A verification costs more than most calls, so its outcome is remembered while it holds. */
function createVerification({ keyring, clock }: Parts, audit: Audit): Pick<Trust, 'verify'> {
  const verified = new LRUCache<string, Verified>({ max: rememberedOthers });
  const forgetOld = onNewKeys(keyring, () => verified.clear());
  return {
    verify(token, expected) {
      forgetOld();
      const before = expected.nonce === undefined ? verified.get(token) : undefined;
      if (before && isStillGood(before, expected, clock.now())) return before.peer;
      const outcome = againWithNewKeys(keyring, () =>
        examine(token, expected, keyring, clock.now()),
      );
      if ('refusal' in outcome) throw refuse(audit, outcome);
      if (expected.nonce === undefined) verified.set(token, outcome);
      return outcome.peer;
    },
  };
}

function createSeals(
  { host, modules, keyring, clock }: Parts,
  audit: Audit,
): Pick<Trust, 'seal' | 'unseal'> {
  return {
    seal(source, text) {
      keyring.revision();
      if (modules.includes(source)) return sealText(source, text, keyring.own());
      throw new Error(`${host} has no module ${source}, and can not sign for it.`);
    },

    unseal(source, sealed) {
      keyring.revision();
      const read = readSealed(sealed);
      const known = read && keyring.find(read.kid);
      // The module may have come to that host a moment ago.
      const moved = known && !known.modules.has(source) && keyring.look();
      const key = moved ? keyring.find(known.kid) : known;
      const reason = read ? sealProblem(read, source, key, clock.now()) : 'malformed';
      if (read && reason === undefined) return read.text;
      const facts = { reason, source, kid: shown(read?.kid), keyOf: key?.host };
      audit(`${reason} ${source}`, { audit: 'sealed_text_refused', ...facts });
      return undefined;
    },
  };
}

/** What is remembered was made or proven by keys that may be gone. */
function onNewKeys(keyring: Keyring, forget: () => void): () => void {
  let revision = keyring.revision();
  return () => {
    const now = keyring.revision();
    if (now === revision) return;
    revision = now;
    forget();
  };
}

function isFresh({ expiresAt }: ServiceToken, now: number): boolean {
  const leftMs = expiresAt - now;
  return leftMs > renewBeforeMs && leftMs <= serviceTokens.lifetimeSeconds * 1000;
}

function isStillGood({ audience, untilMs }: Verified, expected: Expected, now: number): boolean {
  return untilMs > now && expected.audience.includes(audience);
}

/** A module may have come to a host a moment ago, and its key may say so since. */
function againWithNewKeys(keyring: Keyring, look: () => Verified | Refused): Verified | Refused {
  const outcome = look();
  const mayBeNew = 'refusal' in outcome && outcome.refusal === 'wrong_module';
  return mayBeNew && keyring.look() ? look() : outcome;
}

type Refused = { readonly refusal: Refusal; readonly read: ReadToken | undefined };

function examine(
  token: string,
  expected: Expected,
  keyring: Keyring,
  now: number,
): Verified | Refused {
  const read = readToken(token);
  if (!read) return { refusal: 'malformed', read };
  const known = headerProblem(read);
  if (known) return { refusal: known, read };
  const key = keyring.find(read.header.kid as string);
  const forged = signatureProblem(read, key, now);
  if (!key || forged) return { refusal: forged ?? 'unknown_key', read };
  const claims = claimsOf(read);
  const refusal = claims ? claimsProblem(claims, key, expected, now) : 'malformed_claims';
  if (!claims || refusal) return { refusal: refusal ?? 'malformed_claims', read };
  return verifiedBy(key, claims);
}

function verifiedBy(
  key: TrustedKey,
  { iss, mods, aud, exp }: NonNullable<ReturnType<typeof claimsOf>>,
): Verified {
  const until = Math.min(exp * 1000 + toleranceMs, key.until);
  const peer: Peer = { host: iss, modules: new Set(mods), until };
  return { peer, audience: aud, untilMs: until };
}

/** The reason stands in the log; whoever asks learns nothing but that. */
function refuse(audit: Audit, { refusal, read }: Refused): Error {
  audit(refusal, {
    audit: 'service_token_refused',
    reason: refusal,
    claimedHost: shown(read?.claims.iss),
    claimedAudience: shown(read?.claims.aud),
    kid: shown(read?.header.kid),
  });
  return hostNotRecognised();
}

/** What others claim is cut short and stripped before it is written down. */
function shown(claimed: unknown): string | undefined {
  if (typeof claimed !== 'string') return undefined;
  return claimed.slice(0, 100).replace(/[^\w.:-]/g, '?');
}
