import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Storage } from '../application/storage.ts';
import { media } from '../contract.ts';
import { filesOlderThan } from './files-in.ts';

/** Keeps originals in a folder, 256 folders side by side, so that none grows endlessly. */
export function fileStorage(folder: string): Storage {
  const pathOf = (id: string) => join(folder, id.slice(-2), id);
  return {
    async put(id, path) {
      const target = pathOf(id);
      await mkdir(dirname(target), { recursive: true });
      await rename(path, target);
      // The name is on the disk only when its folder is.
      await sync(dirname(target));
    },

    async withFile(id, work) {
      const path = pathOf(id);
      await stat(path).catch(() => {
        throw media.errors.unknownMedia();
      });
      return await work(path);
    },

    remove: (id) => rm(pathOf(id), { force: true }),

    async *list(olderThan) {
      for await (const path of filesOlderThan(folder, olderThan)) yield path.slice(-36);
    },
  };
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
