import type { Tx } from '#kernel/ports/tx';

import { letterWindowMs } from '../domain/letter.ts';
import { forgetLetters } from '../store/letter-store.ts';

const batch = 500;

/** A void code is refused without its row too; the row counts only towards the letters of an hour. */
export async function forgetOldLetters(tx: Tx): Promise<'again' | undefined> {
  const before = tx.now - letterWindowMs;
  return (await forgetLetters(tx, before, batch)) === batch ? 'again' : undefined;
}
