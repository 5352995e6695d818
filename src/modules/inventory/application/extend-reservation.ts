import type { Handler } from '#kernel/handlers';

import type { inventory } from '../contract.ts';
import { requireStanding } from '../domain/reservation.ts';
import { lockReservation, renewReservation } from '../store/reservation-store.ts';

/** Sold units have all the time in the world: they are answered as they are. */
export function extendReservation(
  ttlMs: number,
): Handler<typeof inventory.calls.extendReservation> {
  return async (tx, { orderId }) => {
    const reservation = await lockReservation(tx, orderId);
    requireStanding(reservation, orderId);
    const held = reservation.state === 'held';
    const { expiresAt } = held ? await renewReservation(tx, reservation, ttlMs) : reservation;
    return { expiresAt: new Date(expiresAt).toISOString() };
  };
}
