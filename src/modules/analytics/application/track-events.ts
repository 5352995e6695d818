import type { Handler } from '#kernel/handlers';

import type { analytics } from '../contract.ts';
import { visitTime } from '../domain/visit-time.ts';
import { insertVisit } from '../store/visit-store.ts';
import { customerRef } from './customer-ref.ts';

export const trackEvents: Handler<typeof analytics.calls.trackEvents> = async (
  tx,
  { events },
  { actor },
) => {
  const customer = actor.kind === 'user' ? customerRef(actor.id) : null;
  let accepted = 0;
  for (const { at, ...told } of events) {
    const isNew = await insertVisit(tx, { ...told, customer, at: visitTime(at, tx.now) });
    if (isNew) accepted += 1;
  }
  return { accepted };
};
