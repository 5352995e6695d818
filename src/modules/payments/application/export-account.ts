import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import type { payments } from '../contract.ts';
import { listPayments } from '../store/payment-store.ts';
import { listRefunds } from '../store/refund-store.ts';
import { toView } from './payment-view.ts';

/** Payments read at a time: an export holds no more in memory, however many there are. */
const limit = 100;

export const exportAccount: Handler<typeof payments.calls.exportAccount> = async function* (
  read,
  { userId },
  { actor, signal },
) {
  const isSelf = actor.kind === 'user' && actor.id === userId;
  if (!isSelf && !isAdmin(actor)) return;
  let after = '';
  while (!signal.aborted) {
    const found = await listPayments(read, userId, { after, limit });
    for (const payment of found) {
      const refunds = await listRefunds(read, payment.id);
      yield { kind: 'payment' as const, ...toView(payment), refunds };
    }
    const last = found.at(-1);
    if (!last || found.length < limit) return;
    after = last.id;
  }
};
