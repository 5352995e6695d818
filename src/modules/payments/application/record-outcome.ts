import type { Changes } from '#kernel/changes';
import type { SagaName, Tx } from '#kernel/ports/tx';

import { payments } from '../contract.ts';
import {
  leftOf,
  type Outcome,
  type PaymentState,
  withGivenUp,
  withOutcome,
} from '../domain/payment.ts';
import type { Charge } from '../providers/provider.ts';
import { lockPayment, savePayment } from '../store/payment-store.ts';
import { beginRefund } from './begin-refund.ts';

type Ground = { readonly changes: Changes; readonly refund: SagaName };

/** What the provider's answer says for good; `null` while it does not know itself. */
export function outcomeOf({ id: chargeId, status, declineCode = 'declined' }: Charge) {
  if (status === 'pending') return null;
  return status === 'succeeded' ? { status, chargeId } : { status, chargeId, declineCode };
}

/** Settles a pending payment, which must be locked, and tells everybody. */
export async function recordOutcome(
  tx: Tx,
  payment: PaymentState,
  outcome: Outcome,
  { changes, refund }: Ground,
): Promise<void> {
  const settled = withOutcome(payment, outcome);
  tx.publish(factOf(settled));
  const left = leftOf(settled);
  const mustGoBack = settled.cancelRequested && left.amount > 0;
  if (mustGoBack) await beginRefund(tx, settled, { amount: left, cause: 'cancellation' }, refund);
  else await savePayment(tx, settled);
  tx.afterCommit(() => changes.announce(payment.id));
}

/** Cancels a payment whose charge a person has ended as undone: the provider's books are theirs to know. */
export async function recordGivenUp(tx: Tx, paymentId: string, changes: Changes): Promise<void> {
  const payment = await lockPayment(tx, paymentId);
  if (payment?.status !== 'pending') return;
  const givenUp = withGivenUp(payment);
  tx.publish(factOf(givenUp));
  await savePayment(tx, givenUp);
  tx.afterCommit(() => changes.announce(paymentId));
}

function factOf({ id, orderId, userId, amount, status, declineCode = 'declined' }: PaymentState) {
  const { paymentSucceeded, paymentDeclined, paymentCancelled } = payments.events;
  const fact = { paymentId: id, orderId, userId, amount };
  if (status === 'succeeded') return paymentSucceeded(fact);
  if (status === 'declined') return paymentDeclined({ ...fact, declineCode });
  return paymentCancelled(fact);
}
