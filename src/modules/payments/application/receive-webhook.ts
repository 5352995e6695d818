import { type Handler, twoSteps } from '#kernel/handlers';
import { edgeFailures } from '#kernel/http/edge-failures';
import { unauthenticated } from '#kernel/kernel-failures';
import type { Logger } from '#kernel/ports/logger';
import type { SagaName, Tx } from '#kernel/ports/tx';

import { payments } from '../contract.ts';
import { contradicts, type PaymentState, withTold } from '../domain/payment.ts';
import type { Tidings, ToldCharge, Webhooks } from '../providers/webhooks.ts';
import { lockPayment, savePayment } from '../store/payment-store.ts';
import { listPendingRefunds } from '../store/refund-store.ts';
import { insertWebhook } from '../store/webhook-store.ts';
import { outcomeOf } from './record-outcome.ts';

type Ground = {
  readonly webhooks: Webhooks;
  readonly log: Logger;
  /** Who goes on at once when there is news: of a charge, and of a refund. */
  readonly charges: readonly SagaName[];
  readonly refund: SagaName;
};

type Receive = typeof payments.calls.receiveWebhook;

export function receiveWebhook(ground: Ground): Handler<Receive> {
  const { webhooks, log } = ground;
  return twoSteps<Receive, Tidings>(
    async (ctx, { provider, ...signed }) => {
      // Refusals of the kernel's own leave no row behind: anybody may knock here.
      if (provider !== webhooks.provider) throw edgeFailures.routeNotFound();
      if (!webhooks.isGenuine(signed)) {
        log.warn(
          { provider, trace: ctx.trace.traceId },
          'a webhook was not signed by its provider',
        );
        throw unauthenticated();
      }
      const tidings = webhooks.read(signed.body);
      if (!tidings) throw payments.errors.webhookMalformed();
      return tidings;
    },
    async (tx, { id = '' }, { prepared: tidings }) => {
      const isNew = await insertWebhook(tx, id);
      if (isNew && tidings.kind === 'charge') await hearOfCharge(tx, tidings, ground);
      if (isNew && tidings.kind === 'refund') await hearOfRefund(tx, tidings.chargeId, ground);
      return {};
    },
  );
}

type ChargeTidings = Extract<Tidings, { kind: 'charge' }>;

/** Keeps what was told and has the provider asked now: a webhook settles nothing by itself. */
async function hearOfCharge(
  tx: Tx,
  { reference, told }: ChargeTidings,
  { charges, log }: Ground,
): Promise<void> {
  const payment = await lockPayment(tx, reference);
  if (!payment) return log.error({ reference }, 'a webhook tells of a charge that is not ours');
  if (told) await keepTold(tx, payment, told, log);
  if (payment.status === 'pending') for (const saga of charges) tx.wakeSaga(saga, payment.id);
}

async function keepTold(
  tx: Tx,
  payment: PaymentState,
  { charge, amount, currency = payment.amount.currency }: ToldCharge,
  log: Logger,
): Promise<void> {
  const outcome = outcomeOf(charge);
  const isSameMoney = amount === payment.amount.amount && currency === payment.amount.currency;
  if (!outcome || !isSameMoney || contradicts(payment, outcome)) {
    const { id: paymentId, status, amount: known } = payment;
    const facts = { paymentId, status, known, told: { ...charge, amount, currency } };
    return log.error(facts, 'a webhook contradicts what is known of a payment');
  }
  const after = withTold(payment, outcome);
  if (after !== payment) await savePayment(tx, after);
}

async function hearOfRefund(tx: Tx, chargeId: string, { refund }: Ground): Promise<void> {
  for (const id of await listPendingRefunds(tx, chargeId)) tx.wakeSaga(refund, id);
}
