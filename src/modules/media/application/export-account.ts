import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import type { media } from '../contract.ts';
import { listImagesOf, toImage } from '../store/image-store.ts';

const atOnce = 100;

/** For that user and for administrators; to others there is nothing. */
export const exportAccount: Handler<typeof media.calls.exportAccount> = async function* images(
  read,
  { userId },
  { actor },
) {
  const isTheirs = isAdmin(actor) || (actor.kind === 'user' && actor.id === userId);
  if (!isTheirs) return;
  for (let before = 'g'; ; ) {
    const found = await listImagesOf(read, userId, before, atOnce);
    for (const one of found) {
      yield { kind: 'image' as const, image: toImage(one), url: `/api/media/${one.id}` };
    }
    const last = found.at(-1);
    if (found.length < atOnce || !last) return;
    before = last.id;
  }
};
