import type { Handler } from '#kernel/handlers';
import type { Logger } from '#kernel/ports/logger';
import type { Tx } from '#kernel/ports/tx';

import { users } from '../contract.ts';
import { endLetter } from '../store/letter-store.ts';
import { type Account, saveAccount } from '../store/user-store.ts';
import { redeemCode } from './redeem-code.ts';
import type { TokenMint } from './tokens.ts';

/** Somebody may have got the pending address meanwhile: then `emailTaken`, and the old one stays. */
export function verifyEmail(mint: TokenMint, log: Logger): Handler<typeof users.calls.verifyEmail> {
  return async (tx, { code }) => {
    const account = await redeemCode(tx, mint.hashSecret(code), 'email_verification');
    const { id: userId, pendingEmail } = account;
    const verified = { ...account, emailVerifiedAt: tx.nowIso, updatedAt: tx.nowIso };
    if (pendingEmail === null) await saveAccount(tx, verified);
    else await moveTo(tx, verified, pendingEmail);
    const audit = pendingEmail === null ? 'email_verified' : 'email_changed';
    tx.afterCommit(() => log.info({ audit, user: userId }, 'an e-mail address was verified'));
    return {};
  };
}

async function moveTo(tx: Tx, account: Account, email: string): Promise<void> {
  await saveAccount(tx, { ...account, email, pendingEmail: null });
  // A code that lies in the mailbox of the old address must not open the account any more.
  await endLetter(tx, account.id, 'password_reset', 'withdrawn');
  tx.publish(users.events.userUpdated({ userId: account.id, changed: ['email'] }));
}
