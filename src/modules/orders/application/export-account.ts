import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import type { orders } from '../contract.ts';
import { afterAllIds, listOrdersOf } from '../store/order-store.ts';

/** Orders read at a time: an export holds no more in memory, however many there are. */
const limit = 100;

/**
 * Orders outlive the account: the law wants them kept, and they name their customer by a bare id. So
 * a deletion changes nothing here, and there is no subscription to it.
 */
export const exportAccount: Handler<typeof orders.calls.exportAccount> = async function* (
  read,
  { userId },
  { actor, signal },
) {
  const isSelf = actor.kind === 'user' && actor.id === userId;
  if (!isSelf && !isAdmin(actor)) return;
  let before = afterAllIds;
  while (!signal.aborted) {
    const found = await listOrdersOf(read, { userId, before, limit });
    for (const order of found)
      yield { kind: 'order' as const, ...order, changes: [...order.changes] };
    const last = found.at(-1);
    if (!last || found.length < limit) return;
    before = last.id;
  }
};
