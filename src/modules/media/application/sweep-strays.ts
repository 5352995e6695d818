import type { CallContext } from '#kernel/ports/call-context';
import type { Reader } from '#kernel/ports/store';

import { findImages } from '../store/image-store.ts';
import type { Incoming } from './incoming.ts';
import type { Storage } from './storage.ts';

/** A file without a row is a stray only after this long: its row may be about to commit. */
const graceMs = 3_600_000;

const atOnce = 100;

/** Removes what crashes left: files that never got a row, and uploads that never ended. */
export function sweepStrays(storage: Storage, incoming: Incoming, now: () => number) {
  return async (_ctx: CallContext, read: Reader): Promise<void> => {
    const before = now() - graceMs;
    let ids: string[] = [];
    for await (const id of storage.list(before)) {
      ids.push(id);
      if (ids.length < atOnce) continue;
      await sweep(ids, read, storage);
      ids = [];
    }
    await sweep(ids, read, storage);
    await incoming.sweep(before);
  };
}

async function sweep(ids: readonly string[], read: Reader, storage: Storage): Promise<void> {
  const kept = new Set((await findImages(read, ids)).map(({ id }) => id));
  for (const id of ids) if (!kept.has(id)) await storage.remove(id);
}
