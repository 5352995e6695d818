/** What an argon2 hash says of its own making. */
export type HashCost = {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  readonly isArgon2id: boolean;
};

/** The least that OWASP's password storage cheat sheet asks of argon2id (2026): 19 MiB, two passes. */
export const hashCost: HashCost = { memoryKiB: 19_456, passes: 2, lanes: 1, isArgon2id: true };

/** Beyond these a hash is not ours, and verifying it would be an attack on this machine. */
const most = { memoryKiB: 262_144, passes: 10, lanes: 8 };

/** `weak` hashes are verified and made anew at the next login; `excessive` ones are never computed. */
export function judgeHash(cost: HashCost): 'good' | 'weak' | 'excessive' {
  const { memoryKiB, passes, lanes, isArgon2id } = cost;
  if (memoryKiB > most.memoryKiB || passes > most.passes || lanes > most.lanes) return 'excessive';
  const isWeak = !isArgon2id || memoryKiB < hashCost.memoryKiB || passes < hashCost.passes;
  return isWeak ? 'weak' : 'good';
}

/** Two ways to type one password give one password (RFC 8265, OpaqueString). */
export function normalisePassword(typed: string): string {
  return typed.normalize('NFC');
}
