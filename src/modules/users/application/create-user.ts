import { type Handler, twoSteps } from '#kernel/handlers';

import { users } from '../contract.ts';
import { normaliseEmail } from '../domain/email.ts';
import { type Account, addAccount, toUser } from '../store/user-store.ts';
import { issueLetter } from './issue-letter.ts';
import type { Passwords } from './passwords.ts';
import type { TokenMint } from './tokens.ts';

type Needs = { passwords: Passwords; mint: TokenMint };

export function createUser({ passwords, mint }: Needs): Handler<typeof users.calls.createUser> {
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
        emailVerifiedAt: null,
        pendingEmail: null,
        createdAt: tx.nowIso,
        updatedAt: tx.nowIso,
      };
      if (!(await addAccount(tx, account))) throw users.errors.emailTaken();
      tx.publish(users.events.userRegistered({ userId: account.id }));
      await issueLetter(tx, mint, account.id, 'email_verification');
      return toUser(account);
    },
  );
}
