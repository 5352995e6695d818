import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import type { analytics } from '../contract.ts';
import { visitsOf } from '../store/visit-store.ts';
import { customerRef } from './customer-ref.ts';

const atOnce = 200;

/** For that user and for administrators; to others there is nothing. */
export const exportAccount: Handler<typeof analytics.calls.exportAccount> = async function* visits(
  read,
  { userId },
  { actor },
) {
  const isTheirs = isAdmin(actor) || (actor.kind === 'user' && actor.id === userId);
  if (!isTheirs) return;
  const customer = customerRef(userId);
  for (let after = ''; ; ) {
    const found = await visitsOf(read, customer, after, atOnce);
    for (const event of found) yield { kind: 'visit' as const, event };
    const last = found.at(-1);
    if (found.length < atOnce || !last) return;
    after = last.id;
  }
};
