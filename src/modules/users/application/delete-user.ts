import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import { users } from '../contract.ts';
import { lockAccount, lockAdministrators, wasDeleted } from '../store/user-store.ts';
import { type Eraser, eraseAccount } from './erase-account.ts';

/** Administrators delete themselves as everybody does, by their password. */
export function deleteUser(eraser: Eraser): Handler<typeof users.calls.deleteUser> {
  return async (tx, { userId }, { actor }) => {
    if (!isAdmin(actor) || actor.kind === 'anyone') throw users.errors.userNotFound();
    if (actor.id === userId) throw users.errors.wrongPassword();
    const administrators = await lockAdministrators(tx);
    const account = await lockAccount(tx, userId);
    if (account) await eraseAccount(tx, account, administrators, eraser, actor.id);
    else if (!(await wasDeleted(tx, userId))) throw users.errors.userNotFound();
    return {};
  };
}
