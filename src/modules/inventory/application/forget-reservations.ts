import type { Tx } from '#kernel/ports/tx';

import { deleteEndedReservations } from '../store/reservation-store.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** A tombstone must outlive whatever may still be on its way: 14 days of saga, 14 until its redrive. */
const keptMs = 90 * dayMs;

const batch = 500;

/** Keeps the table bounded. What is sold stays: a cancelled order needs it, however old it is. */
export async function forgetReservations(tx: Tx): Promise<'again' | undefined> {
  const deleted = await deleteEndedReservations(tx, tx.now - keptMs, batch);
  return deleted === batch ? 'again' : undefined;
}
