import type { Handler } from '#kernel/handlers';

import type { inventory } from '../contract.ts';
import type { ChangeStock } from './change-stock.ts';
import { closeReservation } from './close-reservation.ts';

export function restockOrder(
  changeStock: ChangeStock,
): Handler<typeof inventory.calls.restockOrder> {
  return async (tx, { orderId }) => {
    await closeReservation(tx, orderId, changeStock);
    return {};
  };
}
