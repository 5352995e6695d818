import { type Payment, payments } from '../contract.ts';

type Money = Payment['amount'];

/** A payment with what only this module knows of it. */
export type PaymentState = Payment & {
  /** The provider's name for the charge, once it has answered. */
  readonly chargeId: string | null;
  /** Given up while its outcome was unknown: once known, no money may stay. */
  readonly cancelRequested: boolean;
  /** What the provider said of the charge without being asked. It counts where asking shows nothing yet. */
  readonly told: Outcome | null;
};

/** What the provider answered, for good. */
export type Outcome =
  | { readonly status: 'succeeded'; readonly chargeId: string }
  | { readonly status: 'declined'; readonly chargeId: string; readonly declineCode: string };

/** Nothing of the payment is on its way, in either direction. */
export function isSettled({ status, refunding }: Payment): boolean {
  return status !== 'pending' && refunding.amount === 0;
}

/** What can still be sent back. */
export function leftOf({ status, amount, refunded, refunding }: Payment): Money {
  const left = status === 'succeeded' ? amount.amount - refunded.amount - refunding.amount : 0;
  return { amount: left, currency: amount.currency };
}

/** The payment after the provider's answer. An answer that is known already changes nothing. */
export function withOutcome(payment: PaymentState, outcome: Outcome): PaymentState {
  if (payment.status !== 'pending') return payment;
  const { chargeId } = outcome;
  if (outcome.status === 'succeeded') return { ...payment, chargeId, status: 'succeeded' };
  const { declineCode } = outcome;
  const status = payment.cancelRequested ? 'cancelled' : 'declined';
  return { ...payment, chargeId, status, declineCode };
}

/** The payment once a person says that it was not charged, and never will be. */
export function withGivenUp(payment: PaymentState): PaymentState {
  return payment.status === 'pending' ? { ...payment, status: 'cancelled' } : payment;
}

/**
 * The payment once its provider has told of `outcome` without being asked. Late or out of order it
 * changes nothing: a known outcome stays, and a "no" never takes the place of a "yes".
 */
export function withTold(payment: PaymentState, told: Outcome): PaymentState {
  if (payment.status !== 'pending' || payment.told?.status === 'succeeded') return payment;
  return { ...payment, told };
}

/** Whether what is told can't be true beside what is known: somebody has to look at it. */
export function contradicts({ status, chargeId }: PaymentState, told: Outcome): boolean {
  if (status === 'pending') return false;
  return (status === 'succeeded') !== (told.status === 'succeeded') || chargeId !== told.chargeId;
}

/** How much to send back for a request: `wanted` in the payment's currency, or all that is left. */
export function amountToRefund(payment: Payment, wanted: number | Money | undefined): Money {
  const { currency } = payment.amount;
  if (typeof wanted === 'object' && wanted.currency !== currency) {
    throw payments.errors.refundCurrencyDiffers({ currency });
  }
  if (wanted === undefined) return leftOf(payment);
  return { amount: typeof wanted === 'object' ? wanted.amount : wanted, currency };
}

/** The payment with `refund` on its way back. Throws when it was not charged, or not that much. */
export function withRefundBegun(payment: PaymentState, refund: Money): PaymentState {
  const { status, refunding } = payment;
  if (status !== 'succeeded') throw payments.errors.notRefundable({ status });
  const left = leftOf(payment);
  if (refund.amount < 1 || refund.amount > left.amount) {
    throw payments.errors.refundExceedsPayment({ wanted: refund, left });
  }
  return { ...payment, refunding: plus(refunding, refund.amount) };
}

/** The payment once `refund` has arrived. */
export function withRefundDone(payment: PaymentState, refund: Money): PaymentState {
  return {
    ...payment,
    refunding: plus(payment.refunding, -refund.amount),
    refunded: plus(payment.refunded, refund.amount),
  };
}

function plus({ amount, currency }: Money, more: number): Money {
  return { amount: amount + more, currency };
}
