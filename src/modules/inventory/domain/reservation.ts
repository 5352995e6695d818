import { inventory } from '../contract.ts';
import { giveBack, restock, type StockChange } from './stock.ts';
import type { Units } from './units.ts';

/**
 * What an order has of our stock: `held` for a while, `sold` for good, or nothing any more:
 * `expired`, which may be made anew, or `closed`, which never may. An order that was released before
 * it reserved has a closed reservation of nothing: its tombstone.
 */
export type Reservation = {
  readonly orderId: string;
  readonly state: 'held' | 'sold' | 'expired' | 'closed';
  readonly units: Units;
  /**
   * Milliseconds since the epoch, by the database's clock: hosts may be an hour apart, and what one
   * holds the next must not give away. Until it is really taken back, a late one still holds its units.
   */
  readonly expiresAt: number;
};

/** A reservation whose time has yet to begin. */
export type Claim = Omit<Reservation, 'expiresAt'>;

export function hold(orderId: string, units: Units): Claim {
  return { orderId, state: 'held', units };
}

export function tombstone(orderId: string): Claim {
  return { orderId, state: 'closed', units: new Map() };
}

/**
 * True if the order has its units; false if it may reserve anew. Throws `reservationReleased`, also
 * for one that has just been forgotten: it ended months ago.
 */
export function stands(
  reservation: Reservation | undefined,
  orderId: string,
): reservation is Reservation {
  if (!reservation || reservation.state === 'closed') {
    throw inventory.errors.reservationReleased({ orderId });
  }
  return reservation.state !== 'expired';
}

/** Throws `reservationGone` unless the order still has its units. */
export function requireStanding(
  reservation: Reservation | undefined,
  orderId: string,
): asserts reservation is Reservation {
  if (reservation?.state === 'held' || reservation?.state === 'sold') return;
  throw inventory.errors.reservationGone({ orderId });
}

/** How the units of a reservation go back when all that the order has is returned. */
export function wayBack({ state }: Reservation): StockChange | undefined {
  if (state === 'held') return giveBack;
  if (state === 'sold') return restock;
  return undefined;
}
