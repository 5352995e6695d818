import type { Tx } from '#kernel/ports/tx';

import { type LetterKind, users } from '../contract.ts';
import { isGood } from '../domain/letter.ts';
import { endLetter, findLetterByCode } from '../store/letter-store.ts';
import { type Account, lockAccount } from '../store/user-store.ts';

/**
 * Uses the code of a letter up, and answers the account that it was written to, held. All changes of
 * a user's letters happen under that hold, so that of two who bring one code one comes too late.
 * Throws `invalidCode`, which tells nothing apart.
 */
export async function redeemCode(tx: Tx, codeHash: string, kind: LetterKind): Promise<Account> {
  const seen = await findLetterByCode(tx, codeHash);
  const account = seen && (await lockAccount(tx, seen.userId));
  const letter = account && (await findLetterByCode(tx, codeHash));
  if (letter?.kind !== kind || !isGood(letter, tx.now)) throw users.errors.invalidCode();
  await endLetter(tx, letter.userId, kind, 'used');
  return account as Account;
}
