import type { Changes } from '#kernel/changes';
import type { CallContext } from '#kernel/ports/call-context';
import type { Clock } from '#kernel/ports/clock';
import type { SagaName, Tx } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';
import type { Money } from '#kernel/schema';

import type { Outcome } from '../domain/payment.ts';
import type { Charge, PaymentProvider, Unknown } from '../providers/provider.ts';
import { lockPayment } from '../store/payment-store.ts';
import { answersWithin, freshMs, untilAnswered } from './patience.ts';
import type { PendingWork } from './pending-charge-saga.ts';
import { outcomeOf, recordGivenUp, recordOutcome } from './record-outcome.ts';

export type ChargeWork = {
  readonly paymentId: string;
  readonly amount: Money;
  /** Forgotten once the provider has answered. */
  readonly token: string;
  readonly outcome: Outcome | null;
  /** When the payment was made, in milliseconds. Missing in work that an older version began. */
  readonly begunAt?: number;
};

type Ground = {
  readonly provider: PaymentProvider;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly refund: SagaName;
  /** Waits for a charge that the provider has taken and does not know the outcome of. */
  readonly pendingCharge: SagaName;
};

/**
 * Charges a payment, once, and records what the provider said. The payment's id is the reference and
 * the idempotency key, so sending it again moves no more money: it is sent, and asked about, until
 * the provider has it.
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
          // Nothing is no amount that a provider takes.
          if (work.amount.amount === 0) return { outcome: free(work), token: '' };
          const answer = await sendOrAsk(ground, ctx, work);
          if (answer.status === 'unknown') throw new Error(`No outcome yet: ${answer.why}`);
          return { outcome: outcomeOf(answer), token: '' };
        },
        commit: (tx, work) => settleOrWait(tx, work, ground),
      },
    ],
    undone: async (tx, { paymentId }) => {
      await recordGivenUp(tx, paymentId, ground.changes);
      return { token: '' };
    },
  });
}

function free({ paymentId }: ChargeWork): Outcome {
  return { status: 'succeeded', chargeId: `free-${paymentId}` };
}

async function sendOrAsk(
  { provider, clock }: Ground,
  ctx: CallContext,
  { paymentId, amount, token, begunAt = 0 }: ChargeWork,
): Promise<Charge | Unknown> {
  const sought = { reference: paymentId, amount };
  const send = () =>
    provider.charge({ ...sought, token, idempotencyKey: paymentId }, answersWithin(ctx));
  const ask = () => provider.findByReference(sought, ctx.signal);
  if (clock.now() - begunAt > freshMs) return (await ask()) ?? (await send());
  const sent = await send();
  // Where the provider knows nothing, the next try sends again.
  return sent.status === 'unknown' ? ((await ask()) ?? sent) : sent;
}

async function settleOrWait(
  tx: Tx,
  { paymentId, amount, token, outcome }: ChargeWork,
  ground: Ground,
): Promise<void> {
  const payment = await lockPayment(tx, paymentId);
  if (payment?.status !== 'pending') return;
  if (outcome) return await recordOutcome(tx, payment, outcome, ground);
  // A person can't say how a charge went: resumed, it is asked about.
  if (token) throw new Error('The provider has not answered.');
  const work: PendingWork = { paymentId, amount, outcome: null };
  tx.startSaga(ground.pendingCharge, paymentId, work);
}
