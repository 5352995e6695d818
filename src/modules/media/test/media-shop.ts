import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { ModuleDefinition } from '#kernel/module';
import type { Actor } from '#kernel/ports/call-context';
import { inChunks } from '#test/pictures';
import { openShop, type Place } from '#test/shop';

import { usersModule } from '../../users/module.ts';
import { type Image, media } from '../contract.ts';
import { mediaModule } from '../module.ts';

export function customer(): Actor {
  return { kind: 'user', id: randomUUID(), roles: ['customer'] };
}

/** A shop of pictures. Words for what its tests do all the time. */
export async function openMediaShop(
  settings: Readonly<Record<string, string>> = {},
  { place, module = mediaModule }: { place?: Place; module?: ModuleDefinition } = {},
) {
  const shop = await openShop({
    modules: [usersModule, module],
    settings,
    ...(place && { place }),
  });
  const folder = join(shop.place.folder, 'media');
  return {
    ...shop,
    keep: (bytes: Buffer, as: Actor = customer()): Promise<Image> =>
      shop.upload(media.calls.uploadImage, {}, inChunks(bytes), { as }),
    show: (mediaId: string, shape: object = {}) =>
      shop.download(media.calls.getImage, { mediaId, ...shape }),
    remove: (mediaId: string, as: Actor) => shop.call(media.calls.deleteMedia, { mediaId }, { as }),
    /** Every file of the module, relative to its folder. */
    files: () => filesBelow(folder),
  };
}

export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch {
    return [];
  }
}
