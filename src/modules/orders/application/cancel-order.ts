import type { Handler } from '#kernel/handlers';

import type { orders } from '../contract.ts';
import { type Closer, closeOrder } from './close-order.ts';

export function cancelOrder(closer: Closer): Handler<typeof orders.calls.cancelOrder> {
  return (tx, { orderId }, { actor }) =>
    closeOrder(tx, { orderId, to: 'cancelled', actor }, closer);
}
