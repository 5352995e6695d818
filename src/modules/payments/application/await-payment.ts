import { type Changes, readUntil } from '#kernel/changes';
import type { Handler } from '#kernel/handlers';

import type { payments } from '../contract.ts';
import { isSettled } from '../domain/payment.ts';
import { findPayment } from '../store/payment-store.ts';
import { viewFor } from './payment-view.ts';

export function awaitPayment(changes: Changes): Handler<typeof payments.calls.awaitPayment> {
  return (read, { paymentId, waitMs }, { actor, signal }) =>
    readUntil(changes, paymentId, {
      read: async () => viewFor(actor, await findPayment(read, paymentId)),
      isEnough: isSettled,
      waitMs,
      signal,
    });
}
