import { isAdmin, requireUser } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';
import type { Logger } from '#kernel/ports/logger';
import type { Tx } from '#kernel/ports/tx';

import { media } from '../contract.ts';
import { deleteImage, lockImage } from '../store/image-store.ts';
import type { Storage } from './storage.ts';
import type { Cache } from './variants.ts';

/** Takes a picture out of the store, and its files away. */
export type Remove = (tx: Tx, id: string) => Promise<void>;

/** The files go after the commit; where a crash comes between, they are swept as strays. */
export function removing(storage: Storage, cache: Cache, log: Logger): Remove {
  return async (tx, id) => {
    await deleteImage(tx, id);
    tx.publish(media.events.mediaDeleted({ mediaId: id }));
    tx.afterCommit(() => {
      Promise.all([storage.remove(id), cache.forget(id)]).catch((error: unknown) =>
        log.warn({ err: error, media: id }, 'the files of a picture are left to be swept'),
      );
    });
  };
}

export function deleteMedia(remove: Remove): Handler<typeof media.calls.deleteMedia> {
  return async (tx, { mediaId }, { actor }) => {
    requireUser(actor);
    const image = await lockImage(tx, mediaId);
    const isTheirs = isAdmin(actor) || actor.id === image?.ownerId;
    if (!image || !isTheirs) throw media.errors.unknownMedia();
    await remove(tx, mediaId);
    return {};
  };
}
