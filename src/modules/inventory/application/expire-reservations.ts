import type { Tx } from '#kernel/ports/tx';

import { inventory } from '../contract.ts';
import { giveBack } from '../domain/stock.ts';
import { sumOf } from '../domain/units.ts';
import { lockLateReservations, saveReservation } from '../store/reservation-store.ts';
import type { ChangeStock } from './change-stock.ts';

/** Reservations a transaction: few enough that no order waits long for their products. */
const batch = 50;

/**
 * Takes back what orders have held for too long. Each reservation is locked before it is judged, so
 * an order either extends or commits in time, or finds it gone; never both.
 */
export function expireReservations(changeStock: ChangeStock) {
  return async (tx: Tx): Promise<'again' | void> => {
    const late = await lockLateReservations(tx, batch);
    if (late.length === 0) return;
    for (const reservation of late) {
      await saveReservation(tx, { ...reservation, state: 'expired' });
      tx.publish(inventory.events.reservationExpired({ orderId: reservation.orderId }));
    }
    await changeStock(tx, sumOf(late.map(({ units }) => units)), giveBack);
    return late.length === batch ? 'again' : undefined;
  };
}
