import type { Tx } from '#kernel/ports/tx';

import { pruneVisits } from '../store/visit-store.ts';

/** Long enough to compare a month with that of the year before. */
const keptMs = 400 * 24 * 3_600_000;

const atOnce = 500;

export async function forgetOldVisits(tx: Tx): Promise<'again' | undefined> {
  const gone = await pruneVisits(tx, tx.now - keptMs, atOnce);
  return gone === atOnce ? 'again' : undefined;
}
