import type { Changes } from '#kernel/changes';
import type { CallContext } from '#kernel/ports/call-context';
import type { SagaName } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';
import type { Money } from '#kernel/schema';

import type { Outcome } from '../domain/payment.ts';
import type { PaymentProvider } from '../providers/provider.ts';
import { lockPayment } from '../store/payment-store.ts';
import { untilSettled } from './patience.ts';
import { outcomeOf, recordGivenUp, recordOutcome } from './record-outcome.ts';

export type PendingWork = {
  readonly paymentId: string;
  readonly amount: Money;
  readonly outcome: Outcome | null;
};

type Ground = {
  readonly provider: PaymentProvider;
  readonly changes: Changes;
  readonly refund: SagaName;
};

/**
 * Waits for the outcome of a charge that the provider has taken: it asks, and a webhook makes it ask
 * now. It sends nothing, so it needs no token and can't charge twice. What the provider says when it
 * is asked counts. What a webhook told counts where the provider, asked after that, still says "not
 * yet": an answer from before may be older than what was told, and what was told may be stale.
 */
export function pendingChargeSaga(ground: Ground): SagaDefinition<PendingWork> {
  const ask = async (ctx: CallContext, { paymentId: reference, amount, outcome }: PendingWork) => {
    if (outcome) return {};
    const found = await ground.provider.findByReference({ reference, amount }, ctx.signal);
    if (found?.status === 'unknown') throw new Error(`No outcome yet: ${found.why}`);
    return { outcome: found ? outcomeOf(found) : null };
  };
  return defineSaga<PendingWork>('pendingCharge', {
    version: 1,
    steps: [
      {
        name: 'settle',
        pivot: true,
        retry: untilSettled,
        run: ask,
        async commit(tx, { paymentId, outcome }) {
          const payment = await lockPayment(tx, paymentId);
          if (payment?.status !== 'pending') return;
          if (outcome) await recordOutcome(tx, payment, outcome, ground);
          else if (!payment.told) throw new Error('No outcome yet: the provider does not know it.');
        },
      },
      {
        name: 'confirm',
        retry: untilSettled,
        run: ask,
        async commit(tx, { paymentId, outcome }) {
          const payment = await lockPayment(tx, paymentId);
          if (payment?.status !== 'pending') return;
          const known = outcome ?? payment.told;
          if (!known) throw new Error('No outcome yet: nobody tells of it any more.');
          await recordOutcome(tx, payment, known, ground);
        },
      },
    ],
    undone: (tx, { paymentId }) => recordGivenUp(tx, paymentId, ground.changes),
  });
}
