import { defineEntity, p } from '@mikro-orm/core';

/** A product of the demo catalogue, and what it became in the shop. */
export const GoodEntity = defineEntity({
  name: 'Good',
  tableName: 'goods',
  properties: {
    sku: p.text().primary(),
    productId: p.text().nullable(),
  },
});

/** One row from the first start on: whether the shop was empty then. */
export const LookEntity = defineEntity({
  name: 'Look',
  tableName: 'looks',
  properties: {
    id: p.integer().primary(),
    wasEmpty: p.boolean().nullable(),
  },
});
