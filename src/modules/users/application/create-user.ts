import { type Handler, twoSteps } from '#kernel/handlers';

import { users } from '../contract.ts';
import { normaliseEmail } from '../domain/email.ts';
import { type Account, addAccount, toUser } from '../store/user-store.ts';
import type { Passwords } from './passwords.ts';

export function createUser(passwords: Passwords): Handler<typeof users.calls.createUser> {
  return twoSteps(
    async (ctx, { email, password }) => ({
      email: normaliseEmail(email),
      passwordHash: await passwords.hash(password, ctx.signal),
    }),
    async (tx, { username }, { prepared }) => {
      const account: Account = {
        ...prepared,
        id: tx.newId(),
        username,
        roles: ['customer'],
        createdAt: tx.nowIso,
        updatedAt: tx.nowIso,
      };
      if (!(await addAccount(tx, account))) throw users.errors.emailTaken();
      tx.publish(users.events.userRegistered({ userId: account.id }));
      return toUser(account);
    },
  );
}
