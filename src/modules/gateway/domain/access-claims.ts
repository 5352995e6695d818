/** What an access token claims (RFC 9068), as far as it is looked at. */
export type AccessClaims = {
  readonly sub?: unknown;
  readonly aud?: unknown;
  readonly iat?: unknown;
  readonly exp?: unknown;
  readonly roles?: unknown;
};

export type ClaimRules = {
  readonly audience: string;
  readonly lifetimeSeconds: number;
  /** How far the clocks of those who sign and those who verify may differ. */
  readonly skewSeconds: number;
};

/** Whose token it is, and until when, in seconds since the epoch. */
export type Bearer = {
  readonly userId: string;
  readonly roles: readonly ('customer' | 'admin')[];
  readonly until: number;
};

/**
 * Reads the claims of a token whose signature, type, issuer and end are good. Undefined when they
 * are not those of ours: for us alone, issued by now, and no longer alive than ours ever are.
 */
export function bearerOf(
  { sub, aud, iat, exp, roles }: AccessClaims,
  now: number,
  { audience, lifetimeSeconds, skewSeconds }: ClaimRules,
): Bearer | undefined {
  if (typeof sub !== 'string' || sub === '' || aud !== audience) return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  const lives = iat <= now + skewSeconds && exp > iat && exp - iat <= lifetimeSeconds;
  const until = exp + skewSeconds;
  return lives ? { userId: sub, roles: knownRoles(roles), until } : undefined;
}

function knownRoles(roles: unknown): Bearer['roles'] {
  if (!Array.isArray(roles)) return [];
  return roles.filter((role) => role === 'customer' || role === 'admin');
}
