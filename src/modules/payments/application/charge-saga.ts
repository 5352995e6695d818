import type { Changes } from '#kernel/changes';
import type { CallContext } from '#kernel/ports/call-context';
import type { SagaName, Tx } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';
import type { Money } from '#kernel/schema';

import { payments } from '../contract.ts';
import { leftOf, type Outcome, type PaymentState, withOutcome } from '../domain/payment.ts';
import type { Charge, PaymentProvider, Unknown } from '../providers/provider.ts';
import { lockPayment, savePayment } from '../store/payment-store.ts';
import { beginRefund } from './begin-refund.ts';
import { answersWithin, untilAnswered } from './patience.ts';

export type ChargeWork = {
  readonly paymentId: string;
  readonly amount: Money;
  /** Forgotten once the provider has answered. */
  readonly token: string;
  readonly outcome: Outcome | null;
};

type Ground = {
  readonly provider: PaymentProvider;
  readonly changes: Changes;
  readonly refund: SagaName;
};

/**
 * Charges a payment, once, and records what the provider said. The payment's id is the reference and
 * the idempotency key, so sending it again moves no more money: it is sent, and asked about, until
 * there is an answer.
 */
export function chargeSaga(ground: Ground): SagaDefinition<ChargeWork> {
  return defineSaga<ChargeWork>('charge', {
    version: 1,
    steps: [
      {
        name: 'charge',
        pivot: true,
        retry: untilAnswered,
        run: async (ctx, work) => {
          const outcome = await sendOrAsk(ground.provider, ctx, work);
          return { outcome, token: '' };
        },
        commit: (tx, { paymentId, outcome }) => recordOutcome(tx, paymentId, outcome, ground),
      },
    ],
  });
}

/** Where the answer got lost, the provider is asked; where it knows nothing, the next try sends again. */
async function sendOrAsk(
  provider: PaymentProvider,
  ctx: CallContext,
  { paymentId, amount, token }: ChargeWork,
): Promise<Outcome> {
  const request = { reference: paymentId, amount, token, idempotencyKey: paymentId };
  const sent = await provider.charge(request, answersWithin(ctx));
  if (sent.status !== 'unknown') return toOutcome(sent);
  const found = await provider.findByReference(paymentId, ctx.signal);
  return toOutcome(found ?? sent);
}

function toOutcome(answer: Charge | Unknown): Outcome {
  if (answer.status === 'unknown') throw new Error(`No outcome yet: ${answer.why}`);
  const { id: chargeId, status, declineCode = 'declined' } = answer;
  if (status === 'pending') throw new Error('No outcome yet: the provider does not know it.');
  return status === 'succeeded' ? { status, chargeId } : { status, chargeId, declineCode };
}

async function recordOutcome(
  tx: Tx,
  paymentId: string,
  outcome: Outcome | null,
  { changes, refund }: Ground,
): Promise<void> {
  const payment = await lockPayment(tx, paymentId);
  if (!outcome || payment?.status !== 'pending') return;

  const settled = withOutcome(payment, outcome);
  tx.publish(factOf(settled));
  const left = leftOf(settled);
  const mustGoBack = settled.cancelRequested && left.amount > 0;
  if (mustGoBack) await beginRefund(tx, settled, left, refund);
  else await savePayment(tx, settled);
  tx.afterCommit(() => changes.announce(paymentId));
}

function factOf({ id, orderId, userId, amount, status, declineCode = 'declined' }: PaymentState) {
  const { paymentSucceeded, paymentDeclined, paymentCancelled } = payments.events;
  const fact = { paymentId: id, orderId, userId, amount };
  if (status === 'succeeded') return paymentSucceeded(fact);
  if (status === 'declined') return paymentDeclined({ ...fact, declineCode });
  return paymentCancelled(fact);
}
