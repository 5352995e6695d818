import { defineEntity, p } from '@mikro-orm/core';

/** `reserved` is part of `onHand`. Check constraints keep 0 <= reserved <= onHand. */
export const StockEntity = defineEntity({
  name: 'Stock',
  tableName: 'stock',
  properties: {
    productId: p.text().primary(),
    onHand: p.bigint('number'),
    reserved: p.bigint('number'),
  },
});

/** `units` is a JSON object: quantities by product id. Times are milliseconds since the epoch. */
export const ReservationEntity = defineEntity({
  name: 'Reservation',
  tableName: 'reservations',
  properties: {
    orderId: p.text().primary(),
    state: p.text(),
    units: p.text(),
    expiresAt: p.bigint('number'),
    changedAt: p.bigint('number'),
  },
});
