import type { CallContext } from '#kernel/ports/call-context';
import type { Reader } from '#kernel/ports/store';

import { findImages } from '../store/image-store.ts';
import type { Incoming } from './incoming.ts';
import type { Storage } from './storage.ts';
import type { Cache } from './variants.ts';

/** A file without a row is a stray only after this long: its row may be about to commit. */
const graceMs = 3_600_000;

const atOnce = 100;

type Places = { readonly storage: Storage; readonly cache: Cache; readonly incoming: Incoming };

/**
 * Removes what crashes left: files that never got a row or have lost it, what was made of them, and
 * uploads that never ended.
 */
export function sweepStrays({ storage, cache, incoming }: Places, now: () => number) {
  return async (_ctx: CallContext, read: Reader): Promise<void> => {
    const before = now() - graceMs;
    await sweep(storage.list(before), read, (id) => storage.remove(id));
    // Nothing is made of a picture that has no row yet: here a stray needs no time.
    await sweep(await cache.ids(), read, (id) => cache.forget(id));
    await incoming.sweep(before);
  };
}

async function sweep(
  found: AsyncIterable<string> | Iterable<string>,
  read: Reader,
  remove: (id: string) => Promise<void>,
): Promise<void> {
  let ids: string[] = [];
  for await (const id of found) {
    ids.push(id);
    if (ids.length < atOnce) continue;
    await removeUnknown(ids, read, remove);
    ids = [];
  }
  await removeUnknown(ids, read, remove);
}

async function removeUnknown(
  ids: readonly string[],
  read: Reader,
  remove: (id: string) => Promise<void>,
): Promise<void> {
  const kept = new Set((await findImages(read, ids)).map(({ id }) => id));
  for (const id of ids) if (!kept.has(id)) await remove(id);
}
