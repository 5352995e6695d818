import { raw } from '#kernel/stores/sql';

import type { Product } from '../contract.ts';

/** All of a product but what only searching needs. */
export const productColumns = raw(
  'id, sku, name, description, price_amount, price_currency, metadata, image_ids, version, created_at, updated_at',
);

export type ProductRow = {
  id: string;
  sku: string;
  name: string;
  description: string;
  price_amount: number;
  price_currency: string;
  metadata: string;
  image_ids: string;
  version: number;
  created_at: string;
  updated_at: string;
};

export function toProduct(row: ProductRow): Product {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    description: row.description,
    price: { amount: row.price_amount, currency: row.price_currency },
    metadata: JSON.parse(row.metadata) as Product['metadata'],
    imageIds: JSON.parse(row.image_ids) as string[],
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
