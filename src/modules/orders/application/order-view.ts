import { isAdmin } from '#kernel/authorise';
import type { Actor } from '#kernel/ports/call-context';

import { type Order, orders } from '../contract.ts';
import type { OrderState } from '../domain/order.ts';

/** The order as others see it. */
export function toView({ changes: _, ...order }: OrderState): Order {
  return order;
}

/** The order, for whom it is theirs to see: to others it does not exist. */
export function visibleTo(actor: Actor, order: OrderState | undefined): OrderState {
  const isVisible = isAdmin(actor) || (actor.kind === 'user' && actor.id === order?.userId);
  if (!order || !isVisible) throw orders.errors.unknownOrder();
  return order;
}
