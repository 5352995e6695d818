import type { inventory } from '#contracts/inventory';
import type { payments } from '#contracts/payments';
import type { Changes } from '#kernel/changes';
import type { Client } from '#kernel/contract';
import type { SagaName } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';

import { chargeStep } from './charge-step.ts';
import type { CheckoutWork } from './checkout-work.ts';
import { completeStep } from './complete-step.ts';
import { rejectOrder } from './reject-order.ts';
import { extendStep, reserveStep, settleStep } from './stock-steps.ts';

type Ground = {
  readonly inventory: Client<typeof inventory>;
  readonly payments: Client<typeof payments>;
  readonly changes: Changes;
  /** Closes an order that was to be cancelled while it was being completed. */
  readonly giveBack: SagaName;
};

/**
 * From a placed order to a completed one: units are set aside before money is asked for, and leave
 * stock only when it has come. A refusal on the way undoes the steps before it, last one first, and
 * rejects the order. Once the units are sold it only goes forward.
 */
export function checkoutSaga(ground: Ground): SagaDefinition<CheckoutWork> {
  const { inventory, payments, changes } = ground;
  return defineSaga<CheckoutWork>('checkout', {
    version: 1,
    steps: [
      reserveStep(inventory),
      extendStep(inventory),
      chargeStep(payments),
      settleStep(inventory),
      completeStep(ground),
    ],
    undone: async (tx, { orderId }, reason) => {
      await rejectOrder(tx, orderId, reason, changes);
      return { token: '' };
    },
  });
}
