import type { media } from '#contracts/media';
import type { Client } from '#kernel/contract';
import type { CallContext } from '#kernel/ports/call-context';

import { catalog } from '../contract.ts';

export type Media = Pick<Client<typeof media>, 'describeMedia'>;

/** Throws `unknownImage` when one of the pictures is not there to be shown. */
export async function requireImages(
  { describeMedia }: Media,
  ctx: CallContext,
  imageIds: readonly string[] = [],
): Promise<void> {
  if (imageIds.length === 0) return;
  const { items } = await describeMedia(ctx, { mediaIds: [...imageIds] });
  const known = new Set(items.map(({ id }) => id));
  for (const imageId of imageIds) {
    if (!known.has(imageId)) throw catalog.errors.unknownImage({ imageId });
  }
}
