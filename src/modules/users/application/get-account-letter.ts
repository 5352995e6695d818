import type { Handler } from '#kernel/handlers';
import { forbidden } from '#kernel/kernel-failures';
import type { Clock } from '#kernel/ports/clock';

import { users } from '../contract.ts';
import { isGood } from '../domain/letter.ts';
import { readLetterKey } from '../store/letter-key-store.ts';
import { findLetter } from '../store/letter-store.ts';
import { findAccount } from '../store/user-store.ts';
import type { TokenMint } from './tokens.ts';

/** Codes open accounts, so the grant to call users is not enough to get one. */
const writer = 'notifications';

export function getAccountLetter(
  mint: TokenMint,
  clock: Clock,
): Handler<typeof users.calls.getAccountLetter> {
  return async (read, { requestId }, { caller }) => {
    if (caller !== writer) throw forbidden();
    const letter = await findLetter(read, requestId);
    const account = letter && (await findAccount(read, letter.userId));
    if (!account || !isGood(letter, clock.now())) throw users.errors.letterGone();

    const { email, emailVerifiedAt, pendingEmail, username } = account;
    const isChange = letter.kind === 'email_verification' && pendingEmail !== null;
    return {
      kind: letter.kind,
      to: isChange ? pendingEmail : email,
      emailVerified: emailVerifiedAt !== null,
      username,
      code: mint.codeOf(await readLetterKey(read), requestId),
      expiresAt: new Date(letter.expiresAt).toISOString(),
      replaces: isChange ? email : null,
    };
  };
}
