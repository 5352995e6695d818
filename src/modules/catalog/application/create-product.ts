import { requireAdmin } from '#kernel/authorise';
import { type Handler, twoSteps } from '#kernel/handlers';

import { catalog } from '../contract.ts';
import { newProduct } from '../domain/product.ts';
import { insertPrice } from '../store/price-store.ts';
import { saveImages } from '../store/product-image-store.ts';
import { insertProduct } from '../store/product-store.ts';
import { type Media, requireImages } from './known-images.ts';
import { factOf } from './product-fact.ts';

export function createProduct(media: Media): Handler<typeof catalog.calls.createProduct> {
  return twoSteps(
    async (ctx, { imageIds }) => {
      requireAdmin(ctx.actor);
      await requireImages(media, ctx, imageIds);
    },

    async (tx, input) => {
      const product = newProduct(tx.newId(), input, tx.nowIso);
      await insertProduct(tx, product);
      await insertPrice(tx, product);
      await saveImages(tx, product, []);
      tx.publish(catalog.events.productCreated(factOf(product)));
      return product;
    },
  );
}
