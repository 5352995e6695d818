import { type Order, type OrderStatus, orders } from '../contract.ts';

/** What may become of an order; a status without entries is final. */
const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['completed', 'rejected', 'cancelled'],
  completed: ['cancelled', 'refunded'],
  rejected: [],
  cancelled: [],
  refunded: [],
};

export type Closing = NonNullable<Order['closing']>;

export function isFinal(status: OrderStatus): boolean {
  return transitions[status].length === 0;
}

/** Throws `transitionRefused` when the table has no way from one status to the other. */
export function refuseUnlessAllowed(from: OrderStatus, to: OrderStatus): void {
  if (!transitions[from].includes(to)) throw orders.errors.transitionRefused({ from, to });
}

/**
 * The wish of a person for another status, if it can be granted: closing is all that people may ask
 * for, completing and rejecting are the checkout's. Throws `transitionRefused` otherwise.
 */
export function closingFor(
  { status, closing }: Pick<Order, 'status' | 'closing'>,
  to: OrderStatus,
) {
  const isOpen = closing === null || closing === to;
  if (!isOpen || (to !== 'cancelled' && to !== 'refunded')) {
    throw orders.errors.transitionRefused({ from: status, to });
  }
  refuseUnlessAllowed(status, to);
  return to;
}
