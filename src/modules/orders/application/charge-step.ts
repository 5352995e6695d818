import type { Payment, payments } from '#contracts/payments';
import type { Client } from '#kernel/contract';

import { orders } from '../contract.ts';
import type { CheckoutStep } from './checkout-work.ts';

/** How long one try waits for the provider: less than the 10 s that a saga step has. */
const settleWaitMs = 8_000;

/**
 * Charges the customer. Money in doubt is waited for however long it takes: the order stays pending,
 * and neither the units nor the charge are given up on a guess.
 */
export function chargeStep({
  processPayment,
  awaitPayment,
  cancelPayment,
}: Client<typeof payments>): CheckoutStep {
  return {
    name: 'charge',
    retry: { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 100, maxDelayMs: 10_000 },
    run: async (ctx, { orderId, userId, total: amount, token }) => {
      const asked = { orderId, userId, amount, method: 'card' as const, token };
      const { id: paymentId } = await processPayment(ctx, asked);
      refuseUnlessPaid(await awaitPayment(ctx, { paymentId, waitMs: settleWaitMs }));
      return { paymentId, token: '' };
    },
    undo: {
      run: async (ctx, { orderId }) => {
        await cancelPayment(ctx, { orderId });
      },
    },
  };
}

function refuseUnlessPaid({
  id: paymentId,
  orderId,
  status,
  declineCode = 'declined',
}: Payment): void {
  if (status === 'pending') throw new Error(`Payment ${paymentId} has no outcome yet.`);
  if (status === 'declined') {
    throw orders.errors.paymentDeclined({ orderId, paymentId, declineCode });
  }
  if (status === 'cancelled') throw orders.errors.checkoutFailed({ orderId });
}
