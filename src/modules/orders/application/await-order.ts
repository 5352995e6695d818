import { type Changes, readUntil } from '#kernel/changes';
import type { Handler } from '#kernel/handlers';

import type { orders } from '../contract.ts';
import { isSettled } from '../domain/order.ts';
import { findOrder } from '../store/order-store.ts';
import { toView, visibleTo } from './order-view.ts';

export function awaitOrder(changes: Changes): Handler<typeof orders.calls.awaitOrder> {
  return (read, { orderId, waitMs }, { actor, signal }) =>
    readUntil(changes, orderId, {
      read: async () => toView(visibleTo(actor, await findOrder(read, orderId))),
      isEnough: isSettled,
      waitMs,
      signal,
    });
}
