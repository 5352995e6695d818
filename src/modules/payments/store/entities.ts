import { defineEntity, p } from '@mikro-orm/core';

/** A payment, or (without customer and amount) the tombstone of one. Amounts are in minor units. */
export const PaymentEntity = defineEntity({
  name: 'Payment',
  tableName: 'payments',
  properties: {
    id: p.string().primary(),
    orderId: p.string().unique(),
    userId: p.string().nullable(),
    amount: p.bigint('number').nullable(),
    currency: p.string().nullable(),
    refunded: p.bigint('number'),
    refunding: p.bigint('number'),
    status: p.string(),
    declineCode: p.string().nullable(),
    chargeId: p.string().nullable(),
    cancelRequested: p.boolean(),
    told: p.string().nullable(),
    createdAt: p.string(),
  },
});

export const RefundEntity = defineEntity({
  name: 'Refund',
  tableName: 'refunds',
  properties: {
    id: p.string().primary(),
    paymentId: p.string().index(),
    amount: p.bigint('number'),
    currency: p.string(),
    status: p.string(),
    sending: p.boolean().nullable(),
    createdAt: p.string(),
  },
});

/** A webhook that took effect, so that it never does again. */
export const WebhookEntity = defineEntity({
  name: 'Webhook',
  tableName: 'webhooks',
  properties: {
    id: p.string().primary(),
    receivedAt: p.bigint('number'),
  },
});
