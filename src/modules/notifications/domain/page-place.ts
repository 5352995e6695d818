import { notifications } from '../contract.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** After every id, in the order of text. */
const newest = 'g';

/** Before the id of whatever was kept then (milliseconds) or later: ids begin with their time. */
export function idsFrom(at: number): string {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}

/** Where a page begins: before this id. Throws `invalidCursor` for what no page has given. */
export function beforeId(cursor: string | undefined): string {
  if (cursor === undefined) return newest;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!uuid.test(id)) throw notifications.errors.invalidCursor();
  return id;
}

/** The page of `limit` items, of which one more was read to see whether there are more. */
export function pageOf<Item extends { readonly id: string }>(read: readonly Item[], limit: number) {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  const hasMore = read.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? Buffer.from(last.id).toString('base64url') : null };
}
