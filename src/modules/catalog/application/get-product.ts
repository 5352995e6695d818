import type { Handler } from '#kernel/handlers';

import { catalog } from '../contract.ts';
import { findProduct } from '../store/product-store.ts';

export const getProduct: Handler<typeof catalog.calls.getProduct> = async (read, { productId }) => {
  const product = await findProduct(read, productId);
  if (!product) throw catalog.errors.unknownProduct({ productId });
  return product;
};
