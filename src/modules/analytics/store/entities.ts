import { defineEntity, p } from '@mikro-orm/core';

export const OrderFactEntity = defineEntity({
  name: 'OrderFact',
  tableName: 'order_facts',
  properties: {
    generation: p.integer().primary(),
    orderId: p.text().primary(),
    customer: p.text(),
    placedAt: p.bigint('number'),
    completedAt: p.bigint('number').nullable(),
    rejectedAt: p.bigint('number').nullable(),
    closedAt: p.bigint('number').nullable(),
  },
});

export const OrderLineEntity = defineEntity({
  name: 'OrderLine',
  tableName: 'order_lines',
  properties: {
    generation: p.integer().primary(),
    orderId: p.text().primary(),
    productId: p.text().primary(),
    name: p.text(),
    units: p.integer(),
    amount: p.bigint('number'),
    currency: p.text(),
  },
});

/** Money as the provider moved it: a charge by its payment's id, a refund by its own. */
export const MoneyFactEntity = defineEntity({
  name: 'MoneyFact',
  tableName: 'money_facts',
  properties: {
    generation: p.integer().primary(),
    id: p.text().primary(),
    kind: p.text(),
    at: p.bigint('number'),
    amount: p.bigint('number'),
    currency: p.text(),
  },
});

export const CustomerFactEntity = defineEntity({
  name: 'CustomerFact',
  tableName: 'customer_facts',
  properties: {
    generation: p.integer().primary(),
    customer: p.text().primary(),
    registeredAt: p.bigint('number'),
  },
});

/** What a front end told. */
export const VisitEntity = defineEntity({
  name: 'Visit',
  tableName: 'visits',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    sessionId: p.text(),
    customer: p.text().nullable(),
    productId: p.text().nullable(),
    path: p.text().nullable(),
    at: p.bigint('number'),
  },
});
