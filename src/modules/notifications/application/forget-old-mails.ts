import type { Tx } from '#kernel/ports/tx';

import { idsFrom } from '../domain/page-place.ts';
import { removeMails } from '../store/mail-store.ts';
import { removeOldCounts } from '../store/sending-store.ts';

/** Longer than any event can be redriven, so that a mail is never written twice: its row is what tells. */
const keptMs = 180 * 24 * 3_600_000;

const batch = 500;

export async function forgetOldMails(tx: Tx): Promise<'again' | undefined> {
  const counts = await removeOldCounts(tx, batch);
  const mails = await removeMails(tx, idsFrom(tx.now - keptMs), batch);
  return counts === batch || mails === batch ? 'again' : undefined;
}
