import type { SagaName, Tx } from '#kernel/ports/tx';
import type { Money } from '#kernel/schema';

import type { Refund, RefundCause } from '../contract.ts';
import { type PaymentState, withRefundBegun } from '../domain/payment.ts';
import { savePayment } from '../store/payment-store.ts';
import { insertRefund } from '../store/refund-store.ts';
import type { RefundWork } from './refund-saga.ts';

/**
 * Writes the intent to send `amount` back and sees to it that it happens. The payment must be locked,
 * so that what is left of it can not be promised twice. Throws as `withRefundBegun` does.
 */
export async function beginRefund(
  tx: Tx,
  payment: PaymentState,
  { amount, cause }: { readonly amount: Money; readonly cause: RefundCause },
  saga: SagaName,
): Promise<Refund> {
  const begun = withRefundBegun(payment, amount);
  const refund: Refund = {
    id: tx.newId(),
    paymentId: payment.id,
    amount,
    status: 'pending',
    createdAt: tx.nowIso,
  };
  await savePayment(tx, begun);
  await insertRefund(tx, refund);
  const work: RefundWork = {
    refundId: refund.id,
    paymentId: payment.id,
    chargeId: payment.chargeId ?? '',
    amount,
    cause,
  };
  tx.startSaga(saga, refund.id, work);
  return refund;
}
