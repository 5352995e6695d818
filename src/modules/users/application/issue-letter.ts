import type { Tx } from '#kernel/ports/tx';

import { type LetterKind, users } from '../contract.ts';
import { codeLifeMs } from '../domain/letter.ts';
import { readLetterKey } from '../store/letter-key-store.ts';
import { addLetter, endLetter } from '../store/letter-store.ts';
import type { TokenMint } from './tokens.ts';

/**
 * Orders a letter with a fresh code, and makes the code of the one before void. Wants the user's row
 * held. The code itself is not kept: it is made of the letter's id again when the letter is written.
 */
export async function issueLetter(
  tx: Tx,
  mint: TokenMint,
  userId: string,
  kind: LetterKind,
): Promise<void> {
  await endLetter(tx, userId, kind, 'superseded');
  const id = tx.newId();
  const code = mint.codeOf(await readLetterKey(tx), id);
  const times = { requestedAt: tx.now, expiresAt: tx.now + codeLifeMs[kind] };
  const letter = { id, kind, userId, ...times, endedAt: null, endedBy: null };
  await addLetter(tx, letter, mint.hashSecret(code));
  const { passwordResetRequested, emailVerificationRequested } = users.events;
  const requested = kind === 'password_reset' ? passwordResetRequested : emailVerificationRequested;
  tx.publish(requested({ userId, requestId: id }));
}
