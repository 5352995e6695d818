import { type Handler, twoSteps } from '#kernel/handlers';
import type { Clock } from '#kernel/ports/clock';

import { users } from '../contract.ts';
import { unify } from '../domain/email.ts';
import { openSession } from '../store/session-store.ts';
import { findAccountByEmail, lockAccount, saveAccount } from '../store/user-store.ts';
import { bearer, issueAccessToken } from './access-token.ts';
import type { LoginAttempts } from './login-attempts.ts';
import type { Passwords } from './passwords.ts';
import type { TokenMint } from './tokens.ts';
import { verifyPassword } from './verify-password.ts';

type Needs = { passwords: Passwords; attempts: LoginAttempts; mint: TokenMint };

export function authenticate(
  { passwords, attempts, mint }: Needs,
  clock: Clock,
): Handler<typeof users.calls.authenticate> {
  return twoSteps(
    async (ctx, { email: typed, password }, read) => {
      const email = unify(typed);
      const attempt = attempts.begin(email);
      const account = await findAccountByEmail(read, email);
      const comparison = await verifyPassword(passwords, attempt, account, password, ctx.signal);
      if (!account || comparison === 'wrong') throw users.errors.invalidCredentials();
      return {
        account,
        strongerHash:
          comparison === 'weak' ? await passwords.hash(password, ctx.signal) : undefined,
        accessToken: await issueAccessToken(mint, clock, read, account),
      };
    },
    async (tx, _input, { prepared: { account, strongerHash, accessToken } }) => {
      const locked = await lockAccount(tx, account.id);
      // The password was changed since it was compared: what was right is now wrong.
      if (locked?.passwordHash !== account.passwordHash) throw users.errors.invalidCredentials();
      if (strongerHash) await saveAccount(tx, { ...locked, passwordHash: strongerHash });
      const refreshToken = mint.makeSecret();
      await openSession(tx, account.id, mint.hashSecret(refreshToken));
      return bearer(accessToken, refreshToken);
    },
  );
}
