import { requireAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';
import type { SagaName } from '#kernel/ports/tx';

import { payments } from '../contract.ts';
import { amountToRefund } from '../domain/payment.ts';
import { lockPayment } from '../store/payment-store.ts';
import { beginRefund } from './begin-refund.ts';

export function refundPayment(refund: SagaName): Handler<typeof payments.calls.refundPayment> {
  return async (tx, { paymentId, amount }, { actor }) => {
    requireAdmin(actor);
    const payment = await lockPayment(tx, paymentId);
    if (!payment) throw payments.errors.unknownPayment();
    const asked = { amount: amountToRefund(payment, amount), cause: 'refund' } as const;
    return await beginRefund(tx, payment, asked, refund);
  };
}
