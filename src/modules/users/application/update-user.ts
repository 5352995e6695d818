import type { InputOf } from '#kernel/contract';
import { type Handler, twoSteps } from '#kernel/handlers';
import type { CallContext } from '#kernel/ports/call-context';
import type { Tx } from '#kernel/ports/tx';

import { users } from '../contract.ts';
import { normaliseEmail } from '../domain/email.ts';
import {
  type Account,
  findAccountByEmail,
  lockAccount,
  saveAccount,
  toUser,
} from '../store/user-store.ts';
import { confirmPassword, ownAccount } from './confirm-password.ts';
import { issueLetter } from './issue-letter.ts';
import { refuseTooManyLetters } from './letter-limit.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { withoutPendingEmail } from './new-password.ts';
import type { Passwords } from './passwords.ts';
import type { TokenMint } from './tokens.ts';

type Needs = { passwords: Passwords; attempts: LoginAttempts; mint: TokenMint };
type Input = InputOf<typeof users.calls.updateUser>;
type Changes = Partial<Pick<Account, 'email' | 'username'>>;

export function updateUser(needs: Needs): Handler<typeof users.calls.updateUser> {
  return twoSteps(
    async (ctx, input, read) => {
      const seen = await ownAccount(ctx, read, input.userId);
      return { seen, changes: await prepareChanges(needs, ctx, input, seen) };
    },
    async (tx, { userId }, { prepared: { seen, changes } }) => {
      const account = await lockAccount(tx, userId);
      // The password was changed since it was compared: nothing may follow from the old one.
      if (account?.passwordHash !== seen.passwordHash) throw users.errors.wrongPassword();
      const updated = await withChanges(tx, needs.mint, account, changes);
      if (updated === account) return toUser(account);

      const saved = { ...updated, updatedAt: tx.nowIso };
      await saveAccount(tx, saved);
      if (saved.username !== account.username) {
        tx.publish(users.events.userUpdated({ userId, changed: ['username'] }));
      }
      return toUser(saved);
    },
  );
}

async function prepareChanges(
  needs: Needs,
  { signal }: CallContext,
  { username, email, currentPassword }: Input,
  account: Account,
): Promise<Changes> {
  if (email !== undefined) await confirmPassword(needs, account, currentPassword, signal);
  return {
    ...(username !== undefined && { username }),
    ...(email !== undefined && { email: normaliseEmail(email) }),
  };
}

/** The account as it is to be; the same object when nothing changes. */
async function withChanges(
  tx: Tx,
  mint: TokenMint,
  account: Account,
  { username = account.username, email }: Changes,
): Promise<Account> {
  const changed = username === account.username ? account : { ...account, username };
  if (email === undefined) return changed;
  if (email === account.email) return await withoutPendingEmail(tx, changed);
  return await withPendingEmail(tx, mint, changed, email);
}

/** The address may still go to somebody else until its code comes back. Throws `emailTaken`, `tooManyLetters`. */
async function withPendingEmail(
  tx: Tx,
  mint: TokenMint,
  account: Account,
  email: string,
): Promise<Account> {
  if (await findAccountByEmail(tx, email)) throw users.errors.emailTaken();
  await refuseTooManyLetters(tx, account.id, 'email_verification');
  await issueLetter(tx, mint, account.id, 'email_verification');
  return { ...account, pendingEmail: email };
}
