import { type Handler, twoSteps } from '#kernel/handlers';

import { users } from '../contract.ts';
import { lockAccount, lockAdministrators } from '../store/user-store.ts';
import { confirmPassword, ownAccount } from './confirm-password.ts';
import { type Eraser, eraseAccount } from './erase-account.ts';
import type { Passwords } from './passwords.ts';

export function deleteAccount(
  passwords: Passwords,
  eraser: Eraser,
): Handler<typeof users.calls.deleteAccount> {
  return twoSteps(
    async (ctx, { userId, password }, read) => {
      const account = await ownAccount(ctx, read, userId);
      await confirmPassword({ passwords, ...eraser }, account, password, ctx.signal);
      return account.passwordHash;
    },
    async (tx, { userId }, { prepared: passwordHash }) => {
      const administrators = await lockAdministrators(tx);
      const account = await lockAccount(tx, userId);
      // Deleted or given another password since it was compared: nothing may follow from the old one.
      if (account?.passwordHash !== passwordHash) throw users.errors.wrongPassword();
      await eraseAccount(tx, account, administrators, eraser, userId);
      return {};
    },
  );
}
