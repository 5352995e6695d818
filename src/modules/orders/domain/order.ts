import type { Order, OrderReason, OrderStatus, StatusChange } from '../contract.ts';
import { closingFor, isFinal, refuseUnlessAllowed } from './order-status.ts';

/** An order with its history: every status that it has had, numbered from 1. */
export type OrderState = Order & { readonly changes: readonly StatusChange[] };

type Placed = Pick<Order, 'id' | 'userId' | 'items' | 'total'>;

export function placeOrder(placed: Placed, at: string): OrderState {
  return {
    ...placed,
    status: 'pending',
    reason: null,
    closing: null,
    paymentId: null,
    declineCode: null,
    createdAt: at,
    updatedAt: at,
    changes: [{ id: 1, orderId: placed.id, status: 'pending', reason: null, at }],
  };
}

type Move = {
  readonly status: OrderStatus;
  readonly reason: OrderReason | null;
  readonly at: string;
};

/** The order in its next status. Throws `transitionRefused` where the state table has no way. */
export function moveOrder(order: OrderState, { status, reason, at }: Move): OrderState {
  refuseUnlessAllowed(order.status, status);
  const change = { id: order.changes.length + 1, orderId: order.id, status, reason, at };
  return {
    ...order,
    status,
    reason,
    closing: isFinal(status) ? null : order.closing,
    updatedAt: at,
    changes: [...order.changes, change],
  };
}

/**
 * The order with the wish to close it noted. One that is there already, or on its way, is the same
 * object. Throws `transitionRefused` where the state table has no way.
 */
export function askToClose(order: OrderState, to: OrderStatus, at: string): OrderState {
  if (order.status === to) return order;
  const closing = closingFor(order, to);
  return order.closing === closing ? order : { ...order, closing, updatedAt: at };
}

/** Nothing of the order is on its way. */
export function isSettled({ status, closing }: Order): boolean {
  return status !== 'pending' && closing === null;
}
