import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { inventory } from '#contracts/inventory';
import { type Commit, twoSteps } from '#kernel/handlers';
import type { ModuleDefinition } from '#kernel/module';
import { moneyAtProvider } from '#test/oracles';
import { openShop } from '#test/shop';
import { until } from '#test/until';

import { catalogModule } from '../../catalog/module.ts';
import { inventoryModule } from '../../inventory/module.ts';
import { mediaModule } from '../../media/module.ts';
import { paymentsModule } from '../../payments/module.ts';
import { orders } from '../contract.ts';
import { ordersModule } from '../module.ts';
import { aCustomer, ended, eventsOf, place, stocked, stockOf } from './checkout-shop.ts';

type Extend = typeof inventory.calls.extendReservation;

/** Inventory as it is, but that it extends no reservation before `gate` opens. */
function slowToExtend(gate: Promise<void>): ModuleDefinition {
  return {
    ...inventoryModule,
    wire(the) {
      const wired = inventoryModule.wire(the);
      const extend = wired.handlers.extendReservation as Commit<Extend>;
      const slowly = twoSteps<Extend, void>(
        () => gate,
        (tx, input, by) => extend(tx, input, { ...by, prepared: undefined }),
      );
      return { ...wired, handlers: { ...wired.handlers, extendReservation: slowly } };
    },
  };
}

test('an order cancelled before its charge is never charged', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const modules = [mediaModule, catalogModule, slowToExtend(gate), paymentsModule, ordersModule];
  const shop = await openShop({ modules });
  const productId = await stocked(shop, 1);
  const as = aCustomer();
  const order = await place(shop, { productId }, { as });
  await until(async () => (await shop.operator('orders').sagas.show(order.id))?.step === 'extend');

  await shop.call(orders.calls.cancelOrder, { orderId: order.id }, { as });
  open();

  const closed = await ended(shop, order);
  assert.deepEqual([closed.status, closed.paymentId], ['cancelled', null]);
  assert.equal((await moneyAtProvider(shop.place.folder)).size, 0);
  assert.equal((await stockOf(shop, productId)).available, 1);
  assert.deepEqual(await eventsOf(shop, order), ['orders.orderPlaced', 'orders.orderCancelled']);
});
