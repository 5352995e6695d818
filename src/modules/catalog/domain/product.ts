import type { Product } from '../contract.ts';
import { requireSmall } from './metadata.ts';

type Chosen = Pick<Product, 'name' | 'description' | 'price' | 'metadata' | 'imageIds'>;

/** What a change may touch. The sku is not among it: it is what others know the product by. */
export type ProductChanges = { readonly [K in keyof Chosen]?: Chosen[K] | undefined };

export type NewProduct = ProductChanges & Pick<Product, 'sku' | 'name' | 'description' | 'price'>;

/** Throws `metadataTooLarge`. */
export function newProduct(id: string, given: NewProduct, now: string): Product {
  const { sku, name, description, price, metadata = {}, imageIds = [] } = given;
  requireSmall(metadata);
  const times = { createdAt: now, updatedAt: now };
  return { id, sku, name, description, price, metadata, imageIds, version: 1, ...times };
}

/** The product as it is after the changes: the same object when they change nothing. */
export function changeProduct(product: Product, changes: ProductChanges, now: string): Product {
  const { name, description, price, metadata, imageIds } = product;
  const before: Chosen = { name, description, price, metadata, imageIds };
  const after: Chosen = {
    name: changes.name ?? name,
    description: changes.description ?? description,
    price: changes.price ?? price,
    metadata: changes.metadata ?? metadata,
    imageIds: changes.imageIds ?? imageIds,
  };
  if (JSON.stringify(after) === JSON.stringify(before)) return product;
  requireSmall(after.metadata);
  return { ...product, ...after, version: product.version + 1, updatedAt: now };
}

export function isSamePrice(one: Product['price'], other: Product['price']): boolean {
  return one.amount === other.amount && one.currency === other.currency;
}
