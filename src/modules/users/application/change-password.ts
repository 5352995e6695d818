import { type Handler, twoSteps } from '#kernel/handlers';
import type { Clock } from '#kernel/ports/clock';
import type { Logger } from '#kernel/ports/logger';

import { users } from '../contract.ts';
import { openSession } from '../store/session-store.ts';
import { lockAccount, saveAccount } from '../store/user-store.ts';
import { bearer, issueAccessToken } from './access-token.ts';
import { confirmPassword, ownAccount } from './confirm-password.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { withNewPassword } from './new-password.ts';
import type { Passwords } from './passwords.ts';
import type { TokenMint } from './tokens.ts';

type Needs = { passwords: Passwords; attempts: LoginAttempts; mint: TokenMint };

/**
 * Whoever may hold the old password loses what it has opened. An access token doesn't say which
 * session it is of, so all end, and who changed the password goes on in a new one.
 */
export function changePassword(
  needs: Needs,
  clock: Clock,
  log: Logger,
): Handler<typeof users.calls.changePassword> {
  const { passwords, mint } = needs;
  return twoSteps(
    async (ctx, { userId, currentPassword, password }, read) => {
      const seen = await ownAccount(ctx, read, userId);
      await confirmPassword(needs, seen, currentPassword, ctx.signal);
      const passwordHash = await passwords.hash(password, ctx.signal);
      return { seen, passwordHash, accessToken: await issueAccessToken(mint, clock, read, seen) };
    },
    async (tx, { userId }, { prepared: { seen, passwordHash, accessToken } }) => {
      const account = await lockAccount(tx, userId);
      // The password was changed since it was compared: nothing may follow from the old one.
      if (account?.passwordHash !== seen.passwordHash) throw users.errors.wrongPassword();
      const changed = await withNewPassword(tx, account, passwordHash, 'password_changed');
      await saveAccount(tx, { ...changed, updatedAt: tx.nowIso });
      const refreshToken = mint.makeSecret();
      await openSession(tx, userId, mint.hashSecret(refreshToken));
      tx.publish(users.events.userUpdated({ userId, changed: ['password'] }));
      const facts = { audit: 'password_changed', user: userId };
      tx.afterCommit(() => log.info(facts, 'a password was changed'));
      return bearer(accessToken, refreshToken);
    },
  );
}
