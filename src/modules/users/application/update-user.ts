import type { InputOf } from '#kernel/contract';
import { type Handler, twoSteps } from '#kernel/handlers';
import type { CallContext } from '#kernel/ports/call-context';

import { users } from '../contract.ts';
import { normaliseEmail } from '../domain/email.ts';
import { endSessionsOf } from '../store/session-store.ts';
import {
  type Account,
  findAccount,
  lockAccount,
  saveAccount,
  toUser,
} from '../store/user-store.ts';
import type { LoginAttempts } from './login-attempts.ts';
import type { Passwords } from './passwords.ts';
import { verifyPassword } from './verify-password.ts';

type Needs = { passwords: Passwords; attempts: LoginAttempts };
type Input = InputOf<typeof users.calls.updateUser>;
type Changes = Partial<Pick<Account, 'email' | 'username' | 'passwordHash'>>;

export function updateUser(needs: Needs): Handler<typeof users.calls.updateUser> {
  return twoSteps(
    async (ctx, input, read) => {
      const { actor } = ctx;
      const isSelf = actor.kind === 'user' && actor.id === input.userId;
      const account = isSelf ? await findAccount(read, input.userId) : undefined;
      if (!account) throw users.errors.userNotFound();
      return { seen: account, changes: await prepareChanges(needs, ctx, input, account) };
    },
    async (tx, { userId }, { prepared: { seen, changes } }) => {
      const account = await lockAccount(tx, userId);
      // The password was changed since it was compared: nothing may follow from the old one.
      if (account?.passwordHash !== seen.passwordHash) throw users.errors.wrongPassword();
      const changed = changedFields(account, changes);
      if (changed.length === 0) return toUser(account);

      const updated = { ...account, ...changes, updatedAt: tx.nowIso };
      await saveAccount(tx, updated);
      if (changed.includes('password')) await endSessionsOf(tx, userId, 'password_changed');
      tx.publish(users.events.userUpdated({ userId, changed }));
      return toUser(updated);
    },
  );
}

async function prepareChanges(
  { passwords, attempts }: Needs,
  { signal }: CallContext,
  { username, email, password, currentPassword }: Input,
  account: Account,
): Promise<Changes> {
  const changes: Changes = {
    ...(username !== undefined && { username }),
    ...(email !== undefined && { email: normaliseEmail(email) }),
  };
  if (email === undefined && password === undefined) return changes;
  // A stolen access token must not be enough to take an account over, nor to guess its password.
  if (currentPassword === undefined) throw users.errors.wrongPassword();
  const attempt = attempts.begin(account.email);
  const comparison = await verifyPassword(passwords, attempt, account, currentPassword, signal);
  if (comparison === 'wrong') throw users.errors.wrongPassword();
  if (password === undefined) return changes;
  return { ...changes, passwordHash: await passwords.hash(password, signal) };
}

function changedFields(account: Account, changes: Changes): ('email' | 'username' | 'password')[] {
  const { email = account.email, username = account.username } = changes;
  return [
    ...(email === account.email ? [] : (['email'] as const)),
    ...(username === account.username ? [] : (['username'] as const)),
    ...(changes.passwordHash === undefined ? [] : (['password'] as const)),
  ];
}
