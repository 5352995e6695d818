import { requireAdmin } from '#kernel/authorise';
import { type Handler, twoSteps } from '#kernel/handlers';
import type { Tx } from '#kernel/ports/tx';

import { catalog, type Product } from '../contract.ts';
import { changeProduct, isSamePrice } from '../domain/product.ts';
import { insertPrice } from '../store/price-store.ts';
import { saveImages } from '../store/product-image-store.ts';
import { lockProduct, saveProduct } from '../store/product-store.ts';
import { type Media, requireImages } from './known-images.ts';
import { factOf } from './product-fact.ts';

export function updateProduct(media: Media): Handler<typeof catalog.calls.updateProduct> {
  return twoSteps(
    async (ctx, { imageIds }) => {
      requireAdmin(ctx.actor);
      await requireImages(media, ctx, imageIds);
    },

    async (tx, { productId, expectedVersion, ...changes }) => {
      const before = await lockProduct(tx, productId);
      if (!before) throw catalog.errors.unknownProduct({ productId });
      const { version } = before;
      if (version !== expectedVersion) throw catalog.errors.versionMismatch({ productId, version });
      const after = changeProduct(before, changes, tx.nowIso);
      if (after !== before) await keepChange(tx, before, after);
      return after;
    },
  );
}

/** Writes a changed product, and tells what has changed. */
export async function keepChange(tx: Tx, before: Product, after: Product): Promise<void> {
  await saveProduct(tx, after);
  if (after.imageIds !== before.imageIds) await saveImages(tx, after, before.imageIds);
  tx.publish(catalog.events.productUpdated(factOf(after)));
  if (isSamePrice(before.price, after.price)) return;
  await insertPrice(tx, after);
  const { id: productId, price, version } = after;
  tx.publish(catalog.events.priceChanged({ productId, price, previous: before.price, version }));
}
