import type { Handler } from '#kernel/handlers';
import type { SagaName, Tx } from '#kernel/ports/tx';

import { type Payment, payments } from '../contract.ts';
import type { PaymentState } from '../domain/payment.ts';
import { insertPayment, lockPaymentOf } from '../store/payment-store.ts';
import type { ChargeWork } from './charge-saga.ts';
import { toView } from './payment-view.ts';

type Process = typeof payments.calls.processPayment;

export function processPayment(charge: SagaName): Handler<Process> {
  return async (tx, { orderId, userId, amount, token }) => {
    const payment = newPayment(tx, { orderId, userId, amount });
    if (!(await insertPayment(tx, payment))) return await earlierPayment(tx, payment);

    const work: ChargeWork = {
      paymentId: payment.id,
      amount,
      token,
      outcome: null,
      begunAt: tx.now,
    };
    tx.startSaga(charge, payment.id, work);
    return toView(payment);
  };
}

function newPayment(tx: Tx, asked: Pick<Payment, 'orderId' | 'userId' | 'amount'>): PaymentState {
  const none = { amount: 0, currency: asked.amount.currency };
  return {
    ...asked,
    id: tx.newId(),
    refunded: none,
    refunding: none,
    status: 'pending',
    chargeId: null,
    cancelRequested: false,
    told: null,
    createdAt: tx.nowIso,
  };
}

/** The payment that the order has already, if it is the same one. */
async function earlierPayment(tx: Tx, { orderId, userId, amount }: PaymentState): Promise<Payment> {
  const earlier = await lockPaymentOf(tx, orderId);
  if (earlier === undefined || earlier === 'tombstone') {
    throw payments.errors.paymentAbandoned({ orderId });
  }
  const isSame =
    earlier.userId === userId &&
    earlier.amount.amount === amount.amount &&
    earlier.amount.currency === amount.currency;
  if (!isSame) throw payments.errors.paymentDiffers({ orderId });
  return toView(earlier);
}
