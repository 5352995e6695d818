import type { Tx } from '#kernel/ports/tx';

import { removeMails } from '../store/mail-store.ts';

/** Longer than any event can be redriven, so that a mail is never written twice: its row is what tells. */
const keptMs = 180 * 24 * 3_600_000;

const batch = 500;

/** Ids begin with the time that they were made at, so an age is a place in their order. */
export async function forgetOldMails(tx: Tx): Promise<'again' | undefined> {
  const oldest = (tx.now - keptMs).toString(16).padStart(12, '0');
  const beforeId = `${oldest.slice(0, 8)}-${oldest.slice(8)}`;
  return (await removeMails(tx, beforeId, batch)) === batch ? 'again' : undefined;
}
