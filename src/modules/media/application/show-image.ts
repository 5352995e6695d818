import type { Handler } from '#kernel/handlers';

import { media } from '../contract.ts';
import { mediaTypes, variantOf } from '../domain/variant.ts';
import { findImage } from '../store/image-store.ts';
import type { HaveVariant } from './variants.ts';

/** A variant never changes: who has it need not ask again. A year is what caches take for ever. */
const cacheControl = 'public, max-age=31536000, immutable';

export function getImage(have: HaveVariant): Handler<typeof media.calls.getImage> {
  return async (read, { mediaId, known, ...shape }) => {
    const image = await findImage(read, mediaId);
    if (!image) throw media.errors.unknownMedia();
    const variant = variantOf(shape, image);
    const etag = `"${image.sha256.slice(0, 32)}-${variant.name}"`;
    const head = {
      mediaType: mediaTypes[variant.format],
      etag,
      lastModified: image.createdAt,
      cacheControl,
      disposition: `inline; filename="${mediaId}.${variant.format}"`,
    };
    // Who has it already is told so before anything is made.
    if (known?.includes(etag)) return { head: { ...head, unchanged: true }, bytes: undefined };
    const { bytes: size, read: bytes } = await have(read, mediaId, variant);
    return { head: { ...head, size }, bytes: bytes() };
  };
}
