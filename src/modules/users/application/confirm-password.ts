import type { CallContext } from '#kernel/ports/call-context';
import type { Reader } from '#kernel/ports/store';

import { users } from '../contract.ts';
import { type Account, findAccount } from '../store/user-store.ts';
import type { LoginAttempts } from './login-attempts.ts';
import type { Passwords } from './passwords.ts';
import { verifyPassword } from './verify-password.ts';

type Needs = { readonly passwords: Passwords; readonly attempts: LoginAttempts };

/** The acting user's own account. Throws `userNotFound` for everybody else's. */
export async function ownAccount(
  { actor }: CallContext,
  read: Reader,
  userId: string,
): Promise<Account> {
  const isSelf = actor.kind === 'user' && actor.id === userId;
  const account = isSelf ? await findAccount(read, userId) : undefined;
  if (!account) throw users.errors.userNotFound();
  return account;
}

/**
 * Lets pass who knows the account's password: a stolen access token must not be enough to take an
 * account over, nor to guess its password. Throws `wrongPassword`.
 */
export async function confirmPassword(
  { passwords, attempts }: Needs,
  account: Account,
  typed: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (typed === undefined) throw users.errors.wrongPassword();
  const attempt = attempts.begin(account.email);
  const comparison = await verifyPassword(passwords, attempt, account, typed, signal);
  if (comparison === 'wrong') throw users.errors.wrongPassword();
}
