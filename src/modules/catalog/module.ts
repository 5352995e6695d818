import { defineModule } from '#kernel/module';

import { createProduct } from './application/create-product.ts';
import { getProduct } from './application/get-product.ts';
import { getProducts } from './application/get-products.ts';
import { listProducts } from './application/list-products.ts';
import { priceHistory } from './application/price-history.ts';
import { updateProduct } from './application/update-product.ts';
import { catalog } from './contract.ts';
import { catalogRoutes } from './routes.ts';
import { catalogStore } from './store/definition.ts';

/** Knows what the shop sells, what it is called and what it costs, now and before. */
export const catalogModule = defineModule({
  contract: catalog,
  calls: [],
  hears: [],
  store: catalogStore,
  routes: catalogRoutes,

  wire: () => ({
    handlers: {
      createProduct,
      updateProduct,
      getProduct,
      getProducts,
      listProducts,
      priceHistory,
    },
  }),
});
