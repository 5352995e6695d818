import type { Handler } from '#kernel/handlers';

import { users } from '../contract.ts';
import { lockAccount } from '../store/user-store.ts';
import { issueLetter } from './issue-letter.ts';
import { refuseTooManyLetters } from './letter-limit.ts';
import type { TokenMint } from './tokens.ts';

export function resendEmailVerification(
  mint: TokenMint,
): Handler<typeof users.calls.resendEmailVerification> {
  return async (tx, { userId }, { actor }) => {
    const isSelf = actor.kind === 'user' && actor.id === userId;
    const account = isSelf ? await lockAccount(tx, userId) : undefined;
    if (!account) throw users.errors.userNotFound();
    if (account.emailVerifiedAt !== null && account.pendingEmail === null) {
      throw users.errors.nothingToVerify();
    }
    await refuseTooManyLetters(tx, userId, 'email_verification');
    await issueLetter(tx, mint, userId, 'email_verification');
    return {};
  };
}
