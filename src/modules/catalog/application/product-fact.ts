import type { Product, ProductFact } from '../contract.ts';

/** What events tell of a product: the little that others keep a copy of. */
export function factOf({ id: productId, sku, name, price, version }: Product): ProductFact {
  return { productId, sku, name, price, version };
}
