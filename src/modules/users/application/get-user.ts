import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import { users } from '../contract.ts';
import { findAccount, toUser } from '../store/user-store.ts';

/** A stranger gets the same answer as for a user who does not exist. */
export const getUser: Handler<typeof users.calls.getUser> = async (read, { userId }, { actor }) => {
  const account = await findAccount(read, userId);
  const isSelf = actor.kind === 'user' && actor.id === userId;
  if (!account || !(isSelf || isAdmin(actor))) throw users.errors.userNotFound();
  return toUser(account);
};
