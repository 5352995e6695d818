import { users } from '#contracts/users';
import { on, type Subscription } from '#kernel/handlers';
import type { SagaName } from '#kernel/ports/tx';

import { listPendingIds } from '../store/payment-store.ts';

/**
 * When an account is deleted, payments stay: the law wants them kept, and they name their customer by
 * a bare id only. What is left of the card is the token of a charge that is still on its way; it is
 * used, and so forgotten, now instead of at the next try.
 */
export function useUpTokens(charge: SagaName): Subscription {
  return on(users.events.userDeleted, async (tx, { data: { userId } }) => {
    for (const id of await listPendingIds(tx, userId)) tx.wakeSaga(charge, id);
  }) as Subscription;
}
