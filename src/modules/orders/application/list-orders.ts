import { isAdmin, requireUser } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import { orders } from '../contract.ts';
import { afterAllIds, listOrdersOf } from '../store/order-store.ts';
import { toView } from './order-view.ts';

const defaultLimit = 20;

export const listOrders: Handler<typeof orders.calls.listOrders> = async (
  read,
  { limit = defaultLimit, cursor },
  { actor },
) => {
  requireUser(actor);
  const before = cursor === undefined ? afterAllIds : readCursor(cursor);
  const userId = isAdmin(actor) ? undefined : actor.id;
  // One more than asked for tells whether there is another page.
  const found = await listOrdersOf(read, { userId, before, limit: limit + 1 });
  const items = found.slice(0, limit).map(toView);
  const last = items.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? makeCursor(last.id) : null };
};

function makeCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The id of the last order of the page before. Throws `invalidCursor`. */
function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw orders.errors.invalidCursor();
  return id;
}
