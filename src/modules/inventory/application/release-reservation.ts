import type { Handler } from '#kernel/handlers';

import type { inventory } from '../contract.ts';
import type { ChangeStock } from './change-stock.ts';
import { closeReservation } from './close-reservation.ts';

export function releaseReservation(
  changeStock: ChangeStock,
): Handler<typeof inventory.calls.releaseReservation> {
  return async (tx, { orderId }) => {
    await closeReservation(tx, orderId, changeStock, 'sold');
    return {};
  };
}
