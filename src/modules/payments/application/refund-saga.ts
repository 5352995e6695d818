import type { Changes } from '#kernel/changes';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';
import type { Money } from '#kernel/schema';

import { payments, type RefundCause } from '../contract.ts';
import { withRefundDone } from '../domain/payment.ts';
import type { PaymentProvider } from '../providers/provider.ts';
import { lockPayment, savePayment } from '../store/payment-store.ts';
import { markRefundDone } from '../store/refund-store.ts';
import { answersWithin, untilAnswered } from './patience.ts';

export type RefundWork = {
  readonly refundId: string;
  readonly paymentId: string;
  readonly chargeId: string;
  readonly amount: Money;
  /** Missing in work that an older version began. */
  readonly cause?: RefundCause;
};

/**
 * Sends money back, once: the refund's id is its key with the provider, however often it is sent.
 * Only forward: what was promised to a customer is done, when the provider is there again.
 */
export function refundSaga(
  provider: PaymentProvider,
  changes: Changes,
): SagaDefinition<RefundWork> {
  return defineSaga<RefundWork>('refund', {
    version: 1,
    steps: [
      {
        name: 'send',
        pivot: true,
        retry: untilAnswered,
        run: async (ctx, { refundId, chargeId, amount }) => {
          const request = { chargeId, amount, idempotencyKey: refundId };
          const sent = await provider.refund(request, answersWithin(ctx));
          if (sent.status === 'unknown') throw new Error(`No outcome yet: ${sent.why}`);
        },
        commit: async (tx, { refundId, paymentId, amount, cause }) => {
          const payment = await lockPayment(tx, paymentId);
          if (!payment || !(await markRefundDone(tx, refundId))) return;
          const done = withRefundDone(payment, amount);
          await savePayment(tx, done);
          const { orderId, userId, amount: paid, refunded } = done;
          const fact = {
            paymentId,
            orderId,
            userId,
            amount: paid,
            refundId,
            refund: amount,
            refunded,
            ...(cause && { cause }),
          };
          tx.publish(payments.events.paymentRefunded(fact));
          tx.afterCommit(() => changes.announce(paymentId));
          tx.afterCommit(() => changes.announce(refundId));
        },
      },
    ],
  });
}
