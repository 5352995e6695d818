import type { ModuleStoreDefinition } from '#kernel/stores/definition';

import { AskedImageEntity, PriceEntity, ProductEntity, ProductImageEntity } from './entities.ts';
import { products } from './migrations/0001-products.ts';
import { productImages } from './migrations/0002-product-images.ts';
import { goneImages } from './migrations/0003-gone-images.ts';

export const catalogStore: ModuleStoreDefinition = {
  entities: [ProductEntity, PriceEntity, ProductImageEntity, AskedImageEntity],
  migrations: [products, productImages, goneImages],
};
