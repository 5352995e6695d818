import type { Money } from '#kernel/schema';

export type ChargeRequest = {
  /** Our name for the charge: the payment's id. The provider finds it again by this. */
  readonly reference: string;
  readonly amount: Money;
  readonly token: string;
  readonly idempotencyKey: string;
};

/** `pending`: the provider has taken the charge and does not know yet. */
export type Charge = {
  readonly id: string;
  readonly status: 'succeeded' | 'declined' | 'pending';
  readonly declineCode?: string;
};

export type RefundRequest = {
  readonly chargeId: string;
  readonly amount: Money;
  readonly idempotencyKey: string;
};

/**
 * Whoever moves the money. The same key again answers the same charge or refund and moves nothing.
 * Each call throws `NoAnswer` when the provider failed, hung up, or was silent until `signal`
 * aborted: then it may have happened, and only asking or repeating with the same key tells.
 */
export type PaymentProvider = {
  charge(request: ChargeRequest, signal: AbortSignal): Promise<Charge>;
  /** `undefined` is no "no": a charge that is on its way may not be found yet. */
  findByReference(reference: string, signal: AbortSignal): Promise<Charge | undefined>;
  refund(request: RefundRequest, signal: AbortSignal): Promise<{ readonly id: string }>;
};

/** The outcome is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}
