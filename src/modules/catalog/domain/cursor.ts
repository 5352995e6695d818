import { catalog } from '../contract.ts';

/** A place in a list, opaque to clients: they may keep it and hand it back, and nothing else. */
export type CursorKind = {
  readonly list: 'products' | 'prices';
  readonly key: RegExp;
};

export const productCursor: CursorKind = {
  list: 'products',
  key: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

export const priceCursor: CursorKind = { list: 'prices', key: /^[1-9][0-9]{0,14}$/ };

/** The place behind the item with this key. */
export function cursorAfter({ list }: CursorKind, key: string): string {
  return Buffer.from(`${list}:${key}`).toString('base64url');
}

/** The key that a cursor was made of. Throws `invalidCursor` for what no list of this kind made. */
export function keyOfCursor(kind: CursorKind, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const key = text.slice(kind.list.length + 1);
  const isOurs = kind.key.test(key) && cursorAfter(kind, key) === cursor;
  if (!isOurs) throw catalog.errors.invalidCursor();
  return key;
}

/** A page of at most `limit` items out of `limit + 1`: the one too many tells that there is more. */
export function pageOf<Item>(
  items: readonly Item[],
  limit: number,
  cursorOf: (last: Item) => string,
): { items: Item[]; nextCursor: string | null } {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, nextCursor: items.length > limit && last ? cursorOf(last) : null };
}
