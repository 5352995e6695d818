import type { Handler } from '#kernel/handlers';

import type { catalog } from '../contract.ts';
import { findSnapshots } from '../store/product-store.ts';

export const getProducts: Handler<typeof catalog.calls.getProducts> = async (
  read,
  { productIds },
) => ({ items: await findSnapshots(read, productIds) });
