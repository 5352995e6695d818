import type { ModuleStoreDefinition } from '#kernel/stores/definition';

import { PriceEntity, ProductEntity } from './entities.ts';
import { products } from './migrations/0001-products.ts';

export const catalogStore: ModuleStoreDefinition = {
  entities: [ProductEntity, PriceEntity],
  migrations: [products],
};
