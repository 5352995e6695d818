import type { CallContext } from '#kernel/ports/call-context';
import type { Clock } from '#kernel/ports/clock';
import type { Reader } from '#kernel/ports/store';
import type { Money } from '#kernel/schema';

import type { PaymentProvider } from '../providers/provider.ts';
import { findPayment } from '../store/payment-store.ts';
import { hasTurnless } from '../store/refund-store.ts';
import { answersWithin, freshMs } from './patience.ts';

export type RefundToSend = {
  readonly refundId: string;
  readonly paymentId: string;
  readonly chargeId: string;
  readonly amount: Money;
  /** What had gone back of the charge before, in minor units; `null` where the provider does not tell. */
  readonly refundedBefore?: number | null;
  /** When that was asked, in milliseconds. Both are missing in work that an older version began. */
  readonly askedAt?: number;
};

type Ground = { readonly provider: PaymentProvider; readonly clock: Clock };

/** Providers that forget keys keep them for a day: half of that, for clocks that differ. */
const keysKeptMs = 12 * 3_600_000;

/**
 * Asks what has gone back of the charge so far, while nothing of this refund can have. Our own books
 * count where the provider's answer is older than they are.
 */
export async function lookBefore(
  ground: Ground,
  ctx: CallContext,
  refund: RefundToSend,
  read: Reader,
): Promise<Required<Pick<RefundToSend, 'refundedBefore' | 'askedAt'>>> {
  const askedAt = ground.clock.now();
  const told = await refundedOf(ground, ctx, refund, read);
  const known = (await findPayment(read, refund.paymentId))?.refunded.amount ?? 0;
  return { refundedBefore: told === null ? null : Math.max(told, known), askedAt };
}

/**
 * Sends money back, under the refund's id as its key. Throws while it is not known to have gone back.
 * What has been in doubt for long is asked about before it is sent again, because its key may be
 * forgotten; what has gone back of the charge tells, as one refund of a payment is on its way at a time.
 */
export async function sendOrFind(
  ground: Ground,
  ctx: CallContext,
  refund: RefundToSend,
  read: Reader,
): Promise<void> {
  if (await hasGoneBack(ground, ctx, refund, read)) return;
  const { chargeId, amount, refundId: idempotencyKey } = refund;
  const request = { chargeId, amount, idempotencyKey };
  const sent = await ground.provider.refund(request, answersWithin(ctx));
  if (sent.status === 'unknown') throw new Error(`No outcome yet: ${sent.why}`);
}

async function hasGoneBack(
  ground: Ground,
  ctx: CallContext,
  refund: RefundToSend,
  read: Reader,
): Promise<boolean> {
  const { refundedBefore, askedAt, amount } = refund;
  const age = ground.clock.now() - (askedAt ?? Number.POSITIVE_INFINITY);
  if (age <= freshMs) return false;
  const refunded = await refundedOf(ground, ctx, refund, read);
  if (refunded === null || typeof refundedBefore !== 'number') {
    if (age <= keysKeptMs) return false;
    throw new Error('No outcome yet: the provider does not tell what has gone back.');
  }
  const gone = refunded - refundedBefore;
  if (gone === 0) return false;
  if (gone === amount.amount && !(await hasTurnless(read, refund))) return true;
  throw new Error('No outcome yet: what has gone back of the charge does not add up.');
}

/** `null` where the provider does not tell; throws where it does not answer. */
async function refundedOf(
  { provider }: Ground,
  ctx: CallContext,
  { paymentId: reference, chargeId }: RefundToSend,
  read: Reader,
): Promise<number | null> {
  const payment = await findPayment(read, reference);
  const found =
    payment && (await provider.findByReference({ reference, amount: payment.amount }, ctx.signal));
  if (found?.status === 'unknown') throw new Error(`No outcome yet: ${found.why}`);
  return found?.id === chargeId ? (found.refunded ?? null) : null;
}
