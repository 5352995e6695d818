import { catalog } from '#contracts/catalog';
import { wholeNumber } from '#kernel/config/settings';
import { on } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import { every } from '#kernel/schedules/schedule';

import { changingStock } from './application/change-stock.ts';
import { commitReservation } from './application/commit-reservation.ts';
import { expireReservations } from './application/expire-reservations.ts';
import { extendReservation } from './application/extend-reservation.ts';
import { forgetReservations } from './application/forget-reservations.ts';
import { getStock } from './application/get-stock.ts';
import { makeRoomForProduct } from './application/make-room-for-product.ts';
import { releaseReservation } from './application/release-reservation.ts';
import { reserveStock } from './application/reserve-stock.ts';
import { restockOrder } from './application/restock-order.ts';
import { updateStock } from './application/update-stock.ts';
import { inventory } from './contract.ts';
import { inventoryRoutes } from './routes.ts';
import { inventoryStore } from './store/definition.ts';

const secondMs = 1000;
const hourMs = 3600 * secondMs;

/** Knows how many units there are of each product, and which orders have a claim on them. */
export const inventoryModule = defineModule({
  contract: inventory,
  calls: [catalog],
  hears: [catalog],
  store: inventoryStore,
  routes: inventoryRoutes,

  settings: {
    RESERVATION_TTL_SECONDS: wholeNumber(
      { min: 1, max: 86_400 },
      { fallback: 900, example: '900', meaning: 'how long an order may hold units unpaid' },
    ),
    LOW_STOCK_THRESHOLD: wholeNumber(
      { min: 0, max: 1_000_000 },
      { fallback: 5, example: '5', meaning: 'tell when no more units than this are available' },
    ),
  },

  wire({ clients, settings }) {
    const ttlMs = settings.RESERVATION_TTL_SECONDS * secondMs;
    const changeStock = changingStock(settings.LOW_STOCK_THRESHOLD);
    return {
      handlers: {
        reserveStock: reserveStock(changeStock, ttlMs),
        extendReservation: extendReservation(ttlMs),
        commitReservation: commitReservation(changeStock),
        releaseReservation: releaseReservation(changeStock),
        restockOrder: restockOrder(changeStock),
        updateStock: updateStock(clients.catalog, changeStock),
        getStock,
      },
      subscriptions: [on(catalog.events.productCreated, makeRoomForProduct)],
      recurring: [
        every(secondMs, 'expire reservations', expireReservations(changeStock)),
        every(hourMs, 'forget reservations', forgetReservations),
      ],
    };
  },
});
