import type { Changes } from '#kernel/changes';
import type { Actor } from '#kernel/ports/call-context';
import type { SagaName, Tx } from '#kernel/ports/tx';

import type { Order, OrderStatus } from '../contract.ts';
import { askToClose } from '../domain/order.ts';
import { lockOrder, saveOrder } from '../store/order-store.ts';
import { beginGiveBack } from './give-back-saga.ts';
import { toView, visibleTo } from './order-view.ts';

export type Closer = { readonly giveBack: SagaName; readonly changes: Changes };

/**
 * Notes that the order is to be closed. Of a completed one the giving back begins; a pending one is
 * closed by its checkout, which looks for this note before it charges and when it completes.
 * Throws `unknownOrder`, `transitionRefused`.
 */
export async function closeOrder(
  tx: Tx,
  { orderId, to, actor }: { orderId: string; to: OrderStatus; actor: Actor },
  { giveBack, changes }: Closer,
): Promise<Order> {
  const order = visibleTo(actor, await lockOrder(tx, orderId));
  const asked = askToClose(order, to, tx.nowIso);
  if (asked === order) return toView(order);

  await saveOrder(tx, asked);
  if (asked.status === 'completed' && asked.closing) {
    beginGiveBack(tx, giveBack, orderId, asked.closing);
  }
  tx.afterCommit(() => changes.announce(orderId));
  return toView(asked);
}
