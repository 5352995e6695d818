import type { Tx } from '#kernel/ports/tx';

import { pruneVisits, tooManyFrom } from '../store/visit-store.ts';

/** Long enough to compare a month with that of the year before. */
const keptMs = 400 * 24 * 3_600_000;

const atOnce = 1000;

/** Anybody may tell of visits, so their number has a bound of its own: `most`, the latest. */
export function forgetOldVisits(most: number): (tx: Tx) => Promise<'again' | undefined> {
  return async (tx) => {
    const before = Math.max(tx.now - keptMs, await tooManyFrom(tx, most));
    return (await pruneVisits(tx, before, atOnce)) === atOnce ? 'again' : undefined;
  };
}
