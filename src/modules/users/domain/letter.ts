import type { LetterKind } from '../contract.ts';

const minuteMs = 60_000;

/** How long a code is good: a reset is asked for by who waits for it, a sign-up may be read tomorrow. */
export const codeLifeMs: Readonly<Record<LetterKind, number>> = {
  password_reset: 30 * minuteMs,
  email_verification: 24 * 60 * minuteMs,
};

/** Enough for who looks in the wrong mailbox; too few to flood one. */
export const mostLetters = 5;
export const letterWindowMs = 60 * minuteMs;

/** Why a code is good no longer, beside its time. */
export type LetterEnd = 'used' | 'superseded' | 'withdrawn';

/** A mailed code as we keep it: by its hash, never itself. Times in milliseconds since the epoch. */
export type Letter = {
  readonly id: string;
  readonly kind: LetterKind;
  readonly userId: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
};

export function isGood({ endedAt, expiresAt }: Letter, now: number): boolean {
  return endedAt === null && now < expiresAt;
}

/** Seconds until another letter may be written; undefined when it may be written now. */
export function letterWaitSeconds(requestedAt: readonly number[], now: number): number | undefined {
  const recent = requestedAt.filter((at) => at > now - letterWindowMs).sort((a, b) => a - b);
  const [oldest] = recent.slice(-mostLetters);
  if (recent.length < mostLetters || oldest === undefined) return undefined;
  return Math.max(1, Math.ceil((oldest + letterWindowMs - now) / 1000));
}
