import type { Tx } from '#kernel/ports/tx';

import { removeGoneImages } from '../store/product-image-store.ts';

/** Longer than anybody who was told that the picture is there takes to say so here. */
const keptMs = 24 * 3_600_000;

const batch = 500;

export async function forgetGoneImages(tx: Tx): Promise<'again' | undefined> {
  return (await removeGoneImages(tx, tx.now - keptMs, batch)) === batch ? 'again' : undefined;
}
