import type { inventory } from '#contracts/inventory';
import type { payments } from '#contracts/payments';
import type { Changes } from '#kernel/changes';
import type { Client } from '#kernel/contract';
import type { SagaName, Tx } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';

import { moveOrder } from '../domain/order.ts';
import type { Closing } from '../domain/order-status.ts';
import { lockOrder, saveOrder } from '../store/order-store.ts';
import { endingOf } from './order-facts.ts';

type GiveBackWork = { readonly orderId: string; readonly closing: Closing };

type Ground = {
  readonly inventory: Client<typeof inventory>;
  readonly payments: Client<typeof payments>;
  readonly changes: Changes;
};

/** How long one try waits for the money to be back: less than the 10 s that a saga step has. */
const refundWaitMs = 8_000;

/** What was promised to the customer is done, when the neighbours are there again. */
const untilDone = { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 100, maxDelayMs: 15_000 };

/** Closes a completed order: the money goes back, then the units unless they stay with the customer. */
export function giveBackSaga({
  inventory,
  payments,
  changes,
}: Ground): SagaDefinition<GiveBackWork> {
  return defineSaga<GiveBackWork>('giveBack', {
    version: 1,
    steps: [
      {
        name: 'refund',
        pivot: true,
        retry: untilDone,
        run: async (ctx, { orderId }) => {
          const { payment } = await payments.cancelPayment(ctx, { orderId });
          if (!payment) return;
          const asked = { paymentId: payment.id, waitMs: refundWaitMs };
          const { refunding } = await payments.awaitPayment(ctx, asked);
          if (refunding.amount > 0) throw new Error(`The refund of ${payment.id} is on its way.`);
        },
      },
      {
        name: 'restock',
        retry: untilDone,
        run: async (ctx, { orderId, closing }) => {
          if (closing === 'cancelled') await inventory.restockOrder(ctx, { orderId });
        },
        commit: (tx, work) => closeOrder(tx, work, changes),
      },
    ],
  });
}

/** Starts the saga in the transaction in which the order began to close. */
export function beginGiveBack(tx: Tx, saga: SagaName, orderId: string, closing: Closing): void {
  const work: GiveBackWork = { orderId, closing };
  tx.startSaga(saga, orderId, work);
}

async function closeOrder(
  tx: Tx,
  { orderId, closing }: GiveBackWork,
  changes: Changes,
): Promise<void> {
  const order = await lockOrder(tx, orderId);
  if (order?.status !== 'completed') return;
  const closed = moveOrder(order, { status: closing, reason: closing, at: tx.nowIso });
  await saveOrder(tx, closed);
  tx.publish(endingOf(closed, closing));
  tx.afterCommit(() => changes.announce(orderId));
}
