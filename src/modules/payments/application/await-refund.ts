import { isAdmin } from '#kernel/authorise';
import { type Changes, readUntil } from '#kernel/changes';
import type { Handler } from '#kernel/handlers';
import type { Actor } from '#kernel/ports/call-context';

import { payments, type Refund } from '../contract.ts';
import { findRefund } from '../store/refund-store.ts';

export function awaitRefund(changes: Changes): Handler<typeof payments.calls.awaitRefund> {
  return (read, { refundId, waitMs }, { actor, signal }) =>
    readUntil(changes, refundId, {
      read: async () => shown(actor, await findRefund(read, refundId)),
      isEnough: ({ status }) => status !== 'pending',
      waitMs,
      signal,
    });
}

function shown(actor: Actor, refund: Refund | undefined): Refund {
  if (!refund || !isAdmin(actor)) throw payments.errors.unknownRefund();
  return refund;
}
