import type { Handler } from '#kernel/handlers';

import type { inventory } from '../contract.ts';
import { requireStanding } from '../domain/reservation.ts';
import { sell } from '../domain/stock.ts';
import { lockReservation, saveReservation } from '../store/reservation-store.ts';
import type { ChangeStock } from './change-stock.ts';

export function commitReservation(
  changeStock: ChangeStock,
): Handler<typeof inventory.calls.commitReservation> {
  return async (tx, { orderId }) => {
    const reservation = await lockReservation(tx, orderId);
    requireStanding(reservation, orderId);
    if (reservation.state === 'sold') return {};
    await saveReservation(tx, { ...reservation, state: 'sold' });
    await changeStock(tx, reservation.units, sell);
    return {};
  };
}
