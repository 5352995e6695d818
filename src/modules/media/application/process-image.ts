import { requireUser } from '#kernel/authorise';
import { type Handler, twoSteps } from '#kernel/handlers';

import { media } from '../contract.ts';
import { variantOf } from '../domain/variant.ts';
import { findImage } from '../store/image-store.ts';
import type { HaveVariant } from './variants.ts';

type Process = typeof media.calls.processImage;

export function processImage(have: HaveVariant): Handler<Process> {
  return twoSteps<Process, number>(
    async ({ actor }, { mediaId, ...shape }, read) => {
      requireUser(actor);
      const image = await findImage(read, mediaId);
      if (!image) throw media.errors.unknownMedia();
      const { bytes } = await have(read, mediaId, variantOf(shape, image));
      return bytes;
    },
    (_tx, _input, { prepared }) => ({ bytes: prepared }),
  );
}
