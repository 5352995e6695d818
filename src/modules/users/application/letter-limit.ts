import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import { type LetterKind, users } from '../contract.ts';
import { letterWaitSeconds } from '../domain/letter.ts';
import { listLetters } from '../store/letter-store.ts';

/** Seconds until the user may get another letter of this kind; undefined when they may get it now. */
export async function letterWait(
  read: Reader,
  userId: string,
  kind: LetterKind,
  now: number,
): Promise<number | undefined> {
  const letters = (await listLetters(read, userId)).filter((letter) => letter.kind === kind);
  return letterWaitSeconds(
    letters.map(({ requestedAt }) => requestedAt),
    now,
  );
}

/** Throws `tooManyLetters`. */
export async function refuseTooManyLetters(tx: Tx, userId: string, kind: LetterKind) {
  const retryAfter = await letterWait(tx, userId, kind, tx.now);
  if (retryAfter !== undefined) throw users.errors.tooManyLetters({ retryAfter });
}
