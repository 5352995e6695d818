import type { NewEvent } from '#kernel/contract';

import { type OrderReason, orders } from '../contract.ts';
import type { OrderState } from '../domain/order.ts';

/** What every event of an order tells of it. */
export function factOf({ id, userId, total, items }: OrderState) {
  return { orderId: id, userId, total, items };
}

/** The event of an order that has just ended badly, or was closed. */
export function endingOf(order: OrderState, reason: OrderReason): NewEvent {
  const { orderRejected, orderCancelled, orderRefunded } = orders.events;
  const fact = { ...factOf(order), reason };
  if (order.status === 'cancelled') return orderCancelled(fact);
  if (order.status === 'refunded') return orderRefunded(fact);
  return orderRejected(fact);
}
