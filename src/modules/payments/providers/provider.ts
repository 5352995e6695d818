import type { Money } from '#kernel/schema';

export type ChargeRequest = {
  /** Our name for the charge: the payment's id. The provider finds it again by this. */
  readonly reference: string;
  readonly amount: Money;
  readonly token: string;
  readonly idempotencyKey: string;
};

/** What a charge was asked for: an answer about anything else is no answer. */
export type Sought = Pick<ChargeRequest, 'reference' | 'amount'>;

/** `pending`: the provider has taken the charge and does not know yet. */
export type Charge = {
  readonly id: string;
  readonly status: 'succeeded' | 'declined' | 'pending';
  readonly declineCode?: string;
  /** Minor units that have gone back; missing where the provider does not tell. */
  readonly refunded?: number;
};

export type RefundRequest = {
  readonly chargeId: string;
  readonly amount: Money;
  readonly idempotencyKey: string;
};

export type ProviderRefund = { readonly id: string; readonly status: 'succeeded' };

/**
 * The third outcome: the provider failed, hung up, was silent until the signal aborted, or said what
 * can't be taken for an answer. It may have happened; only asking, or repeating with the same key, tells.
 */
export type Unknown = { readonly status: 'unknown'; readonly why: string };

/** Whoever moves the money. The same key again answers the same charge or refund and moves nothing. */
export type PaymentProvider = {
  charge(request: ChargeRequest, signal: AbortSignal): Promise<Charge | Unknown>;
  /** `undefined` is no "no": a charge that is on its way may not be found yet. */
  findByReference(sought: Sought, signal: AbortSignal): Promise<Charge | Unknown | undefined>;
  refund(request: RefundRequest, signal: AbortSignal): Promise<ProviderRefund | Unknown>;
};
