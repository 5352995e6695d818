import { isAdmin, requireUser } from '#kernel/authorise';
import { type Handler, twoSteps } from '#kernel/handlers';
import type { Actor } from '#kernel/ports/call-context';
import type { Ids } from '#kernel/ports/ids';
import type { Reader } from '#kernel/ports/store';

import { media } from '../contract.ts';
import { maxBytesOfUser, maxImagesOfUser } from '../domain/limits.ts';
import { insertImage, lockOwner, usageOf } from '../store/image-store.ts';
import type { Darkroom } from './darkroom.ts';
import type { Incoming, Received } from './incoming.ts';
import type { Storage } from './storage.ts';

type Upload = typeof media.calls.uploadImage;
type Kept = Received & { readonly id: string; readonly width: number; readonly height: number };

type Needs = {
  readonly storage: Storage;
  readonly darkroom: Darkroom;
  readonly ids: Ids;
  readonly incoming: Incoming;
};

/**
 * The original is kept before its row commits: a crash between the two leaves a file without a row,
 * which is swept later, and never a row without a file.
 */
export function uploadImage({ storage, darkroom, ids, incoming }: Needs): Handler<Upload> {
  return twoSteps<Upload, Kept>(
    async ({ actor }, _input, read, bytes) => {
      requireUser(actor);
      await refuseTooMuch(actor, read);
      const received = await incoming.receive(bytes);
      try {
        const size = await darkroom.inspect(received.path, received.format);
        const id = ids.next();
        await storage.put(id, received.path);
        return { ...received, ...size, id };
      } catch (error) {
        await incoming.discard(received);
        throw error;
      }
    },

    async (tx, _input, { actor, prepared }) => {
      const { id, format, width, height, bytes, sha256 } = prepared;
      const ownerId = actor.kind === 'user' ? actor.id : null;
      if (ownerId !== null) await lockOwner(tx, ownerId);
      // Others may have come since the first was counted; the file of a refused one is swept.
      await refuseTooMuch(actor, tx);
      const image = { id, ownerId, format, width, height, bytes, createdAt: tx.nowIso };
      await insertImage(tx, { ...image, sha256 });
      tx.publish(media.events.mediaUploaded({ mediaId: id, ownerId }));
      return image;
    },
  );
}

async function refuseTooMuch(actor: Actor, read: Reader): Promise<void> {
  if (isAdmin(actor) || actor.kind !== 'user') return;
  const { images, bytes } = await usageOf(read, actor.id);
  if (images < maxImagesOfUser && bytes < maxBytesOfUser) return;
  throw media.errors.quotaExceeded({ maxImages: maxImagesOfUser, maxBytes: maxBytesOfUser });
}
