import type { Heard } from '#kernel/handlers';
import type { Tx } from '#kernel/ports/tx';

import { changeProduct } from '../domain/product.ts';
import { markGone, productsShowing } from '../store/product-image-store.ts';
import { lockProduct } from '../store/product-store.ts';
import { keepChange } from './update-product.ts';

/** A picture that is gone is shown by no product any more, nor by one that is about to be saved. */
export async function dropImage(tx: Tx, { data }: Heard<{ mediaId: string }>): Promise<void> {
  await markGone(tx, data.mediaId);
  for (const productId of await productsShowing(tx, data.mediaId)) {
    const before = await lockProduct(tx, productId);
    if (!before) continue;
    const imageIds = before.imageIds.filter((id) => id !== data.mediaId);
    const after = changeProduct(before, { imageIds }, tx.nowIso);
    if (after !== before) await keepChange(tx, before, after);
  }
}
