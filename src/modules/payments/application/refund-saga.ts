import type { Changes } from '#kernel/changes';
import type { Clock } from '#kernel/ports/clock';
import type { SagaName, Tx } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition, type SagaStep } from '#kernel/sagas/define-saga';

import { payments, type RefundCause } from '../contract.ts';
import { withRefundDone } from '../domain/payment.ts';
import type { PaymentProvider } from '../providers/provider.ts';
import { lockPayment, savePayment } from '../store/payment-store.ts';
import { findWaiting, markRefundDone, takeTurn } from '../store/refund-store.ts';
import { untilAnswered } from './patience.ts';
import { lookBefore, type RefundToSend, sendOrFind } from './send-refund.ts';

export type RefundWork = RefundToSend & {
  /** Missing in work that an older version began. */
  readonly cause?: RefundCause;
};

type Ground = {
  readonly provider: PaymentProvider;
  readonly clock: Clock;
  readonly changes: Changes;
};

const refundName: SagaName = { name: 'refund' };

/**
 * Sends money back, once: the refund's id is its key with the provider, however often it is sent.
 * Only forward: what was promised to a customer is done, when the provider is there again. Refunds of
 * one payment take turns, so that a refund in doubt can be told by what has gone back of the charge.
 *
 * The newest version first, then those that sagas in flight may have begun with.
 */
export function refundSagas(
  ground: Ground,
): readonly [SagaDefinition<RefundWork>, SagaDefinition<RefundWork>] {
  const send: SagaStep<RefundWork> = {
    name: 'send',
    retry: untilAnswered,
    run: (ctx, work, read) => sendOrFind(ground, ctx, work, read),
    commit: (tx, work) => settle(tx, work, ground.changes),
  };
  const look: SagaStep<RefundWork> = {
    name: 'look',
    retry: untilAnswered,
    run: (ctx, work, read) => lookBefore(ground, ctx, work, read),
  };
  return [
    defineSaga('refund', { version: 2, steps: [waitForTurn, look, send] }),
    defineSaga('refund', { version: 1, steps: [{ ...send, pivot: true }] }),
  ];
}

const waitForTurn: SagaStep<RefundWork> = {
  name: 'waitForTurn',
  pivot: true,
  retry: untilAnswered,
  async commit(tx, { refundId: id, paymentId }) {
    await lockPayment(tx, paymentId);
    if (!(await takeTurn(tx, { id, paymentId }))) {
      throw new Error('Another refund of the payment is on its way.');
    }
  },
};

async function settle(
  tx: Tx,
  { refundId, paymentId, amount, cause }: RefundWork,
  changes: Changes,
): Promise<void> {
  const payment = await lockPayment(tx, paymentId);
  if (!payment || !(await markRefundDone(tx, refundId))) return;
  const done = withRefundDone(payment, amount);
  await savePayment(tx, done);
  const next = await findWaiting(tx, paymentId);
  if (next !== undefined) tx.wakeSaga(refundName, next);
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
}
