/** A refresh token works for 30 days, once. */
export const refreshTokenMs = 30 * 24 * 3_600_000;

/** One login, and all the refresh tokens that follow from it: what RFC 9700 calls a family. */
export type Session = {
  readonly id: string;
  readonly userId: string;
  readonly endedAt: number | null;
};

/** A refresh token as we keep it: by its hash, never itself. */
export type RefreshToken = {
  readonly hash: string;
  readonly expiresAt: number;
  readonly usedAt: number | null;
};

/**
 * `rotate`: good, and used up by this. `reused`: used before, so two hold it and one of them is a
 * thief; nobody can tell which, so both lose the session. `ended`: over in the ordinary way.
 */
export function judgeRefresh(
  { expiresAt, usedAt }: RefreshToken,
  { endedAt }: Session,
  now: number,
): 'rotate' | 'reused' | 'ended' {
  if (endedAt !== null || now >= expiresAt) return 'ended';
  return usedAt === null ? 'rotate' : 'reused';
}
