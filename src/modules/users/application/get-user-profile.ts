import type { Handler } from '#kernel/handlers';

import { users } from '../contract.ts';
import { findAccount } from '../store/user-store.ts';

export const getUserProfile: Handler<typeof users.calls.getUserProfile> = async (
  read,
  { userId },
) => {
  const account = await findAccount(read, userId);
  if (!account) throw users.errors.userNotFound();
  const { id, email, username, emailVerifiedAt } = account;
  return { id, email, username, emailVerified: emailVerifiedAt !== null };
};
