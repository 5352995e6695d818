import { forbidden, unauthenticated } from './kernel-failures.ts';
import type { Actor } from './ports/call-context.ts';

/** Whether the actor may do what administrators do. The shop itself (`system`) may. */
export function isAdmin(actor: Actor): boolean {
  return actor.kind === 'system' || (actor.kind === 'user' && actor.roles.includes('admin'));
}

/** Lets administrators and the shop itself pass. Throws `unauthenticated` or `forbidden`. */
export function requireAdmin(actor: Actor): void {
  if (actor.kind === 'anyone') throw unauthenticated();
  if (!isAdmin(actor)) throw forbidden();
}

/** Lets everyone pass who is known, the shop itself too. Throws `unauthenticated`. */
export function requireUser(actor: Actor): asserts actor is Exclude<Actor, { kind: 'anyone' }> {
  if (actor.kind === 'anyone') throw unauthenticated();
}
