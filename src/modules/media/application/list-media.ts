import { requireUser } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import { media } from '../contract.ts';
import { findImages, listImagesOf, toImage } from '../store/image-store.ts';

const defaultLimit = 20;

/** Sorts after every id. */
const newest = 'g';

export const listMedia: Handler<typeof media.calls.listMedia> = async (
  read,
  { limit = defaultLimit, cursor },
  { actor },
) => {
  requireUser(actor);
  const before = cursor === undefined ? newest : idOf(cursor);
  // One more than asked for tells whether there is another page.
  const found = await listImagesOf(read, actor.id, before, limit + 1);
  const items = found.slice(0, limit).map(toImage);
  const last = items.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? Buffer.from(last.id).toString('base64url') : null };
};

export const describeMedia: Handler<typeof media.calls.describeMedia> = async (
  read,
  { mediaIds },
) => ({ items: (await findImages(read, mediaIds)).map(toImage) });

function idOf(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw media.errors.invalidCursor();
  return id;
}
