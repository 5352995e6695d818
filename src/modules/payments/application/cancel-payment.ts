import type { Handler } from '#kernel/handlers';
import type { SagaName, Tx } from '#kernel/ports/tx';

import type { payments } from '../contract.ts';
import { leftOf, type PaymentState } from '../domain/payment.ts';
import {
  insertTombstone,
  lockPayment,
  lockPaymentOf,
  savePayment,
} from '../store/payment-store.ts';
import { beginRefund } from './begin-refund.ts';
import { toView } from './payment-view.ts';

export function cancelPayment(refund: SagaName): Handler<typeof payments.calls.cancelPayment> {
  return async (tx, { orderId }) => {
    const payment = await lockOrBury(tx, orderId);
    if (!payment) return { payment: null };
    await giveUp(tx, payment, refund);
    return { payment: toView((await lockPayment(tx, payment.id)) ?? payment) };
  };
}

/** The order's payment; without one, a tombstone that refuses a later one. */
async function lockOrBury(tx: Tx, orderId: string): Promise<PaymentState | undefined> {
  const isFirst = await insertTombstone(tx, orderId);
  const payment = isFirst ? undefined : await lockPaymentOf(tx, orderId);
  return payment === 'tombstone' ? undefined : payment;
}

async function giveUp(tx: Tx, payment: PaymentState, refund: SagaName): Promise<void> {
  if (payment.status === 'pending') await savePayment(tx, { ...payment, cancelRequested: true });
  const left = leftOf(payment);
  if (left.amount > 0)
    await beginRefund(tx, payment, { amount: left, cause: 'cancellation' }, refund);
}
