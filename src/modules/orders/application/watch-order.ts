import { type Changes, readUntil } from '#kernel/changes';
import type { Handler } from '#kernel/handlers';

import type { orders } from '../contract.ts';
import { isFinal } from '../domain/order-status.ts';
import { findOrder } from '../store/order-store.ts';
import { visibleTo } from './order-view.ts';

/** Each reading is waited for this long at most; then the next one begins. */
const readingMs = 60_000;

export function watchOrder(changes: Changes): Handler<typeof orders.calls.watchOrder> {
  return async function* statusChanges(read, { orderId, from = 0 }, { actor, signal }) {
    let seen = from;
    while (!signal.aborted) {
      const order = await readUntil(changes, orderId, {
        read: async () => visibleTo(actor, await findOrder(read, orderId)),
        isEnough: (read) => read.changes.length > seen || isFinal(read.status),
        waitMs: readingMs,
        signal,
      });
      yield* order.changes.slice(seen);
      seen = Math.max(seen, order.changes.length);
      if (isFinal(order.status)) return;
    }
  };
}
