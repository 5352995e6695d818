import type { Tx } from '#kernel/ports/tx';

import { type Reservation, tombstone, wayBack } from '../domain/reservation.ts';
import { insertReservation, lockReservation, saveReservation } from '../store/reservation-store.ts';
import type { ChangeStock } from './change-stock.ts';

/**
 * Returns what the order has and closes its reservation for good, unless it is one to `spare`. An
 * order that has none gets a tombstone, so that a reservation still on its way is refused.
 */
export async function closeReservation(
  tx: Tx,
  orderId: string,
  changeStock: ChangeStock,
  spare?: Reservation['state'],
): Promise<void> {
  if (await insertReservation(tx, tombstone(orderId), 0)) return;
  const known = await lockReservation(tx, orderId);
  if (!known || known.state === 'closed' || known.state === spare) return;
  await saveReservation(tx, { ...known, state: 'closed' });
  const back = wayBack(known);
  if (back) await changeStock(tx, known.units, back);
}
