import { defineEntity, p } from '@mikro-orm/core';

/** An order; `items` and `changes` are JSON. Amounts are in minor units. */
export const OrderEntity = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    id: p.string().primary(),
    userId: p.string().index(),
    status: p.string(),
    reason: p.string().nullable(),
    closing: p.string().nullable(),
    items: p.text(),
    total: p.bigint('number'),
    currency: p.string(),
    paymentId: p.string().nullable(),
    declineCode: p.string().nullable(),
    changes: p.text(),
    createdAt: p.string(),
    updatedAt: p.string(),
  },
});
