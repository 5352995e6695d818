import { isAdmin } from '#kernel/authorise';
import type { Actor } from '#kernel/ports/call-context';

import { type Payment, payments } from '../contract.ts';
import type { PaymentState } from '../domain/payment.ts';

/** The payment as others see it. */
export function toView(state: PaymentState): Payment {
  const { chargeId: _, cancelRequested: __, told: ___, ...payment } = state;
  return payment;
}

/** The payment as `actor` may see it: to whom it is not theirs, it does not exist. */
export function viewFor(actor: Actor, payment: PaymentState | undefined): Payment {
  const isVisible = isAdmin(actor) || (actor.kind === 'user' && actor.id === payment?.userId);
  if (!payment || !isVisible) throw payments.errors.unknownPayment();
  return toView(payment);
}
