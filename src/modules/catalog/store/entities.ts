import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/**
 * Metadata and image ids are JSON. `words` is what a search looks into. An update counts only if
 * `version` is still what was read.
 */
export const ProductEntity = defineEntity({
  name: 'Product',
  tableName: 'products',
  properties: {
    id: p.text().primary(),
    sku: p.text().unique(),
    name: p.text(),
    description: p.text(),
    priceAmount: p.bigint('number'),
    priceCurrency: p.text(),
    metadata: p.text(),
    imageIds: p.text(),
    words: p.text(),
    createdAt: p.text(),
    updatedAt: p.text(),
    version: p.integer().version(),
  },
});
export type ProductEntity = InferEntity<typeof ProductEntity>;

/** The price that a product has had since its version `version`. */
export const PriceEntity = defineEntity({
  name: 'Price',
  tableName: 'prices',
  properties: {
    productId: p.text().primary(),
    version: p.integer().primary(),
    amount: p.bigint('number'),
    currency: p.text(),
    since: p.text(),
  },
});

/** A picture that products have asked for, and since when it is gone. */
export const AskedImageEntity = defineEntity({
  name: 'AskedImage',
  tableName: 'asked_images',
  properties: { imageId: p.text().primary(), goneAt: p.bigint('number').nullable() },
});

/** That a product shows a picture. */
export const ProductImageEntity = defineEntity({
  name: 'ProductImage',
  tableName: 'product_images',
  properties: { imageId: p.text().primary(), productId: p.text().primary() },
});
