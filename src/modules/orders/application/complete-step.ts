import type { Changes } from '#kernel/changes';
import type { SagaName } from '#kernel/ports/tx';

import { orders } from '../contract.ts';
import { moveOrder } from '../domain/order.ts';
import { lockOrder, saveOrder } from '../store/order-store.ts';
import type { CheckoutStep } from './checkout-work.ts';
import { beginGiveBack } from './give-back-saga.ts';
import { factOf } from './order-facts.ts';

type Ground = { readonly changes: Changes; readonly giveBack: SagaName };

/**
 * The order is paid for and its units are sold. Who asked to cancel it meanwhile is heard now: the
 * order row's lock decides which of the two came first, and neither gets lost. Throws when nobody has
 * paid, as may be where a person ends a checkout.
 */
export function completeStep({ changes, giveBack }: Ground): CheckoutStep {
  return {
    name: 'complete',
    commit: async (tx, { orderId, paymentId }) => {
      const order = await lockOrder(tx, orderId);
      if (order?.status !== 'pending') return;
      if (!paymentId) throw new Error(`Order ${orderId} has no payment.`);

      const move = { status: 'completed', reason: null, at: tx.nowIso } as const;
      const completed = { ...moveOrder(order, move), paymentId };
      await saveOrder(tx, completed);
      tx.publish(orders.events.orderCompleted({ ...factOf(completed), paymentId }));
      if (completed.closing) beginGiveBack(tx, giveBack, orderId, completed.closing);
      tx.afterCommit(() => changes.announce(orderId));
    },
  };
}
