import { inventory } from '#contracts/inventory';
import type { Changes } from '#kernel/changes';
import type { FailureMaker, FailureRecord } from '#kernel/failure';
import type { Tx } from '#kernel/ports/tx';

import { type OrderReason, orders } from '../contract.ts';
import { moveOrder, type OrderState } from '../domain/order.ts';
import { lockOrder, saveOrder } from '../store/order-store.ts';
import { endingOf } from './order-facts.ts';

/** Ends an order whose checkout was undone: cancelled where a customer wished so, else rejected. */
export async function rejectOrder(
  tx: Tx,
  orderId: string,
  failure: FailureRecord,
  changes: Changes,
): Promise<void> {
  const order = await lockOrder(tx, orderId);
  if (order?.status !== 'pending') return;

  const reason = reasonOf(failure);
  const status = reason === 'cancelled' ? 'cancelled' : 'rejected';
  const moved = moveOrder(order, { status, reason, at: tx.nowIso });
  const rejected = { ...moved, ...paymentOf(failure) };
  await saveOrder(tx, rejected);
  tx.publish(endingOf(rejected, reason));
  tx.afterCommit(() => changes.announce(orderId));
}

function reasonOf(failure: FailureRecord): OrderReason {
  const { outOfStock, unknownProduct } = inventory.errors;
  const { paymentDeclined, orderWithdrawn } = orders.errors;
  // Inventory hears of a product a moment after the catalog has it: there are no units yet.
  if (isOf('inventory', outOfStock, failure)) return 'out_of_stock';
  if (isOf('inventory', unknownProduct, failure)) return 'out_of_stock';
  if (isOf('orders', paymentDeclined, failure)) return 'payment_declined';
  if (isOf('orders', orderWithdrawn, failure)) return 'cancelled';
  return 'checkout_failed';
}

/** Which payment was declined and why, from the failure that says so. */
function paymentOf(failure: FailureRecord): Pick<OrderState, 'paymentId' | 'declineCode'> | object {
  if (!isOf('orders', orders.errors.paymentDeclined, failure)) return {};
  const { paymentId, declineCode } = failure.details as { paymentId: string; declineCode: string };
  return { paymentId, declineCode };
}

function isOf(
  contract: string,
  { code }: Pick<FailureMaker<unknown>, 'code'>,
  failure: FailureRecord,
) {
  return failure.contract === contract && failure.code === code;
}
