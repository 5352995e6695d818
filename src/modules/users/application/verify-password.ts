import type { Account } from '../store/user-store.ts';
import type { Attempt } from './login-attempts.ts';
import type { Comparison, Passwords } from './passwords.ts';

/**
 * Compares a password with an account's, or with nobody's in the same time, and settles the attempt.
 * A comparison that breaks (the queue is full, the caller has gone) is no failed login.
 */
export async function verifyPassword(
  passwords: Passwords,
  attempt: Attempt,
  account: Account | undefined,
  password: string,
  signal: AbortSignal,
): Promise<Comparison> {
  try {
    const comparison = await passwords.compare(account?.passwordHash, password, signal);
    if (comparison !== 'wrong') attempt.succeeded();
    return comparison;
  } catch (error) {
    attempt.cameToNothing();
    throw error;
  }
}
