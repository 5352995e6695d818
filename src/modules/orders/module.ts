import { catalog } from '#contracts/catalog';
import { inventory } from '#contracts/inventory';
import { payments } from '#contracts/payments';
import { createChanges } from '#kernel/changes';
import { defineModule } from '#kernel/module';

import { awaitOrder } from './application/await-order.ts';
import { cancelOrder } from './application/cancel-order.ts';
import { checkoutSaga } from './application/checkout-saga.ts';
import { createOrder } from './application/create-order.ts';
import { exportAccount } from './application/export-account.ts';
import { getOrder } from './application/get-order.ts';
import { giveBackSaga } from './application/give-back-saga.ts';
import { listOrders } from './application/list-orders.ts';
import { updateOrderStatus } from './application/update-order-status.ts';
import { watchOrder } from './application/watch-order.ts';
import { orders } from './contract.ts';
import { routes } from './routes.ts';
import { OrderEntity } from './store/entities.ts';
import { orders0001 } from './store/migrations/0001-orders.ts';

/** Takes orders, and sees each through to the end: sold and paid for, or nothing has happened. */
export const ordersModule = defineModule({
  contract: orders,
  calls: [catalog, inventory, payments],
  hears: [],
  store: { entities: [OrderEntity], migrations: [orders0001] },
  routes,
  parts: { changes: () => createChanges() },
  wire({ clients, parts: { changes } }) {
    const giveBack = giveBackSaga({ ...clients, changes });
    const checkout = checkoutSaga({ ...clients, changes, giveBack });
    return {
      handlers: {
        createOrder: createOrder(clients.catalog, checkout),
        awaitOrder: awaitOrder(changes),
        getOrder,
        listOrders,
        watchOrder: watchOrder(changes),
        cancelOrder: cancelOrder({ giveBack, changes }),
        updateOrderStatus: updateOrderStatus({ giveBack, changes }),
        exportAccount,
      },
      sagas: [checkout, giveBack],
    };
  },
});
