import type { Handler } from '#kernel/handlers';

import type { inventory } from '../contract.ts';
import { hold, type Reservation, stands } from '../domain/reservation.ts';
import { reserve } from '../domain/stock.ts';
import { unitsOf } from '../domain/units.ts';
import {
  insertReservation,
  lockReservation,
  renewReservation,
} from '../store/reservation-store.ts';
import type { ChangeStock } from './change-stock.ts';

/** The order's row comes first: whoever else reserves or releases for this order waits behind it. */
export function reserveStock(
  changeStock: ChangeStock,
  ttlMs: number,
): Handler<typeof inventory.calls.reserveStock> {
  return async (tx, { orderId, items }) => {
    const claim = hold(orderId, unitsOf(items));
    let reservation = await insertReservation(tx, claim, ttlMs);
    if (!reservation) {
      const known = await lockReservation(tx, orderId);
      if (stands(known, orderId)) return answer(known);
      reservation = await renewReservation(tx, claim, ttlMs);
    }
    await changeStock(tx, claim.units, reserve);
    return answer(reservation);
  };
}

function answer({ orderId, expiresAt }: Reservation) {
  return { orderId, expiresAt: new Date(expiresAt).toISOString() };
}
