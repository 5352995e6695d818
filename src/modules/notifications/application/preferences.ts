import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';
import { forbidden } from '#kernel/kernel-failures';
import type { Actor } from '#kernel/ports/call-context';

import { notifications } from '../contract.ts';
import { findPreferences, savePreferences } from '../store/preference-store.ts';

type Calls = typeof notifications.calls;

export const getPreferences: Handler<Calls['getPreferences']> = (read, { userId }, { actor }) => {
  requireSelf(actor, userId);
  return findPreferences(read, userId);
};

export const setPreferences: Handler<Calls['setPreferences']> = async (
  tx,
  { userId, phone, orders },
  { actor },
) => {
  requireSelf(actor, userId);
  if (orders.includes('sms') && phone === null) throw notifications.errors.phoneMissing();
  await savePreferences(tx, userId, { phone, orders });
  return { phone, orders };
};

function requireSelf(actor: Actor, userId: string): void {
  const isSelf = actor.kind === 'user' && actor.id === userId;
  if (!isSelf && !isAdmin(actor)) throw forbidden();
}
