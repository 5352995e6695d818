import { type Handler, twoSteps } from '#kernel/handlers';
import type { Clock } from '#kernel/ports/clock';
import type { Logger } from '#kernel/ports/logger';
import type { Tx } from '#kernel/ports/tx';

import { users } from '../contract.ts';
import { isGood } from '../domain/letter.ts';
import { endLetter, findLetterByCode } from '../store/letter-store.ts';
import { type Account, saveAccount } from '../store/user-store.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { withNewPassword } from './new-password.ts';
import type { Passwords } from './passwords.ts';
import { redeemCode } from './redeem-code.ts';
import type { TokenMint } from './tokens.ts';

type Needs = { passwords: Passwords; attempts: LoginAttempts; mint: TokenMint };

/** A wrong code is refused before anything is hashed: guessing costs us nothing and gains nothing. */
export function resetPassword(
  { passwords, attempts, mint }: Needs,
  clock: Clock,
  log: Logger,
): Handler<typeof users.calls.resetPassword> {
  return twoSteps(
    async (ctx, { code, password }, read) => {
      const letter = await findLetterByCode(read, mint.hashSecret(code));
      if (letter?.kind !== 'password_reset' || !isGood(letter, clock.now())) {
        throw users.errors.invalidCode();
      }
      return await passwords.hash(password, ctx.signal);
    },
    async (tx, { code }, { prepared: passwordHash }) => {
      const account = await redeemCode(tx, mint.hashSecret(code), 'password_reset');
      const changed = await withNewPassword(tx, account, passwordHash, 'password_reset');
      await saveAccount(tx, await withVerifiedEmail(tx, changed));
      const { id: userId, email } = account;
      tx.publish(users.events.userUpdated({ userId, changed: ['password'] }));
      tx.afterCommit(() => {
        attempts.forget(email);
        log.info({ audit: 'password_reset', user: userId }, 'a password was set by a mailed code');
      });
      return {};
    },
  );
}

/** The code was mailed to the user's address: who brings it can read what is sent there. */
async function withVerifiedEmail(tx: Tx, account: Account): Promise<Account> {
  await endLetter(tx, account.id, 'email_verification', 'withdrawn');
  const emailVerifiedAt = account.emailVerifiedAt ?? tx.nowIso;
  return { ...account, emailVerifiedAt, updatedAt: tx.nowIso };
}
