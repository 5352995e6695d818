import type { Tx } from '#kernel/ports/tx';

import { endLetter } from '../store/letter-store.ts';
import { endSessionsOf, type SessionEnd } from '../store/session-store.ts';
import type { Account } from '../store/user-store.ts';

/**
 * The account with a new password. Whatever the old one has opened ends: all sessions, codes for
 * another new password, and a pending address, which may be of whoever made the change necessary.
 */
export async function withNewPassword(
  tx: Tx,
  account: Account,
  passwordHash: string,
  why: SessionEnd,
): Promise<Account> {
  await endSessionsOf(tx, account.id, why);
  await endLetter(tx, account.id, 'password_reset', 'withdrawn');
  return { ...(await withoutPendingEmail(tx, account)), passwordHash };
}

export async function withoutPendingEmail(tx: Tx, account: Account): Promise<Account> {
  if (account.pendingEmail === null) return account;
  await endLetter(tx, account.id, 'email_verification', 'withdrawn');
  return { ...account, pendingEmail: null };
}
