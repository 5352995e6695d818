import { requireAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import type { orders } from '../contract.ts';
import { type Closer, closeOrder } from './close-order.ts';

export function updateOrderStatus(closer: Closer): Handler<typeof orders.calls.updateOrderStatus> {
  return async (tx, { orderId, status }, { actor }) => {
    requireAdmin(actor);
    return await closeOrder(tx, { orderId, to: status, actor }, closer);
  };
}
