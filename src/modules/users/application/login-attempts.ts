import type { Clock } from '#kernel/ports/clock';

import { users } from '../contract.ts';
import { type FailedLogins, lockedForSeconds, oneLess, oneMore } from '../domain/login-attempts.ts';

/** One try to log in to an account. Without a further word it has failed. */
export type Attempt = { succeeded(): void; cameToNothing(): void };

export type LoginAttempts = {
  /** Throws `tooManyAttempts` while the account is locked, whether there is such an account or not. */
  begin(email: string): Attempt;
  /** The account may be tried at once: its failures were about another password, or another owner. */
  forget(email: string): void;
};

/** Least recently tried accounts are forgotten beyond this many: to push one out costs as many hashes. */
const mostAccounts = 20_000;

/**
 * Counts failed logins by account, in memory: a failed login leaves no row, so that guessing can't
 * fill the store. Each instance counts for itself, so n instances allow n times as many guesses.
 */
export function createLoginAttempts(clock: Clock): LoginAttempts {
  const failedBy = new Map<string, FailedLogins>();
  const remember = (email: string, failed: FailedLogins) => {
    failedBy.delete(email);
    failedBy.set(email, failed);
    if (failedBy.size > mostAccounts) failedBy.delete(failedBy.keys().next().value as string);
  };
  return {
    begin(email) {
      const now = clock.now();
      const retryAfter = lockedForSeconds(failedBy.get(email), now);
      if (retryAfter !== undefined) throw users.errors.tooManyAttempts({ retryAfter });
      remember(email, oneMore(failedBy.get(email), now));
      return {
        succeeded: () => void failedBy.delete(email),
        cameToNothing() {
          const failed = failedBy.get(email);
          if (failed) failedBy.set(email, oneLess(failed));
        },
      };
    },
    forget: (email) => void failedBy.delete(email),
  };
}
