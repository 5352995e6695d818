import type { Logger } from '#kernel/ports/logger';
import type { Tx } from '#kernel/ports/tx';

import { users } from '../contract.ts';
import { type Account, removeAccount } from '../store/user-store.ts';
import type { LoginAttempts } from './login-attempts.ts';

export type Eraser = { readonly attempts: LoginAttempts; readonly log: Logger };

/**
 * Erases an account and says so to who keeps something about its user. Wants the administrators
 * held before any single account is: all who delete take them in one order. Throws `lastAdministrator`.
 */
export async function eraseAccount(
  tx: Tx,
  { id: userId, email, roles }: Account,
  administrators: readonly string[],
  { attempts, log }: Eraser,
  by: string,
): Promise<void> {
  if (roles.includes('admin') && administrators.length === 1) {
    throw users.errors.lastAdministrator();
  }
  await removeAccount(tx, userId);
  tx.publish(users.events.userDeleted({ userId }));
  tx.afterCommit(() => {
    attempts.forget(email);
    log.info({ audit: 'account_deleted', user: userId, by }, 'an account was deleted');
  });
}
