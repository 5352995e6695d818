import { media } from '#contracts/media';
import { on } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import { every } from '#kernel/schedules/schedule';

import { createProduct } from './application/create-product.ts';
import { dropImage } from './application/drop-image.ts';
import { forgetGoneImages } from './application/forget-gone-images.ts';
import { getProduct } from './application/get-product.ts';
import { getProducts } from './application/get-products.ts';
import { listProducts } from './application/list-products.ts';
import { priceHistory } from './application/price-history.ts';
import { updateProduct } from './application/update-product.ts';
import { catalog } from './contract.ts';
import { catalogRoutes } from './routes.ts';
import { catalogStore } from './store/definition.ts';

const hourMs = 3_600_000;

/** Knows what the shop sells, what it is called and what it costs, now and before. */
export const catalogModule = defineModule({
  contract: catalog,
  calls: [media],
  hears: [media],
  store: catalogStore,
  routes: catalogRoutes,

  wire: ({ clients }) => ({
    handlers: {
      createProduct: createProduct(clients.media),
      updateProduct: updateProduct(clients.media),
      getProduct,
      getProducts,
      listProducts,
      priceHistory,
    },
    subscriptions: [on(media.events.mediaDeleted, dropImage)],
    recurring: [every(6 * hourMs, 'gone images', forgetGoneImages)],
  }),
});
