import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { openShop, type Shop } from '#test/shop';
import { until } from '#test/until';

import { catalogModule } from '../../catalog/module.ts';
import { inventoryModule } from '../../inventory/module.ts';
import { mediaModule } from '../../media/module.ts';
import { paymentsModule } from '../../payments/module.ts';
import type { Order } from '../contract.ts';
import { ordersModule } from '../module.ts';
import { aCustomer, buy, ended, eventsOf, place, stocked, stockOf } from './checkout-shop.ts';

/** A provider that charges `tok_held` only when told to, and remembers what it sent back. */
function patientProvider() {
  let { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const refunded: string[] = [];
  return {
    refunded,
    tell: () => tell(),
    hold: () => ({ promise: told, resolve: tell } = Promise.withResolvers<void>()),
    async charge({ reference, token }: { reference: string; token: string }) {
      if (token === 'tok_held') await told;
      return { id: `ch_${reference}`, status: 'succeeded' };
    },
    async findByReference() {
      return undefined;
    },
    async refund({ chargeId }: { chargeId: string }) {
      refunded.push(chargeId);
      return { id: `re_${chargeId}`, status: 'succeeded' };
    },
  };
}

const provider = patientProvider();
const ttlMs = 60_000;

let shop: Shop;

before(async () => {
  const patient = { ...paymentsModule.parts, provider: () => provider };
  shop = await openShop({
    modules: [
      mediaModule,
      catalogModule,
      inventoryModule,
      { ...paymentsModule, parts: patient },
      ordersModule,
    ],
    settings: { RESERVATION_TTL_SECONDS: String(ttlMs / 1000) },
  });
});

/** An order whose charge takes so long that the units that it had set aside are free again. */
async function outwaited(productId: string): Promise<Order> {
  provider.hold();
  const order = await place(shop, { productId, token: 'tok_held' }, { as: aCustomer() });
  await until(async () => (await shop.operator('orders').sagas.show(order.id))?.step === 'charge');
  await shop.store('inventory').write(async ({ sql }) => {
    await sql`update reservations set expires_at = expires_at - ${ttlMs + 1} where state = 'held'`;
  });
  await until(async () => (await stockOf(shop, productId)).available === 1);
  return order;
}

test('units that ran out of time during the charge are set aside again, and sold', async () => {
  const productId = await stocked(shop, 1);
  const order = await outwaited(productId);

  provider.tell();

  assert.equal((await ended(shop, order)).status, 'completed');
  const sold = { productId, onHand: 0, reserved: 0, available: 0 };
  assert.deepEqual(await stockOf(shop, productId), sold);
});

test('units sold to somebody else during the charge: the money goes back', async () => {
  const productId = await stocked(shop, 1);
  const order = await outwaited(productId);
  assert.equal((await buy(shop, { productId })).status, 'completed');

  provider.tell();

  const late = await ended(shop, order);
  assert.deepEqual([late.status, late.reason], ['rejected', 'out_of_stock']);
  await shop.settled();
  assert.equal(provider.refunded.length, 1);
  assert.equal((await stockOf(shop, productId)).onHand, 0);
  assert.deepEqual(await eventsOf(shop, order), ['orders.orderPlaced', 'orders.orderRejected']);
});
