import type { SagaStep } from '#kernel/sagas/define-saga';
import type { Money } from '#kernel/schema';

/** What a checkout carries from step to step. */
export type CheckoutWork = {
  readonly orderId: string;
  readonly userId: string;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly total: Money;
  /** Forgotten once the payment has been made, or given up. */
  readonly token: string;
  readonly paymentId: string | null;
};

export type CheckoutStep = SagaStep<CheckoutWork>;
