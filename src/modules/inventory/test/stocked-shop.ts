import { randomUUID } from 'node:crypto';

import { catalog } from '#contracts/catalog';
import { Failure } from '#kernel/failure';
import type { Actor } from '#kernel/ports/call-context';
import { openShop } from '#test/shop';

import { catalogModule } from '../../catalog/module.ts';
import { mediaModule } from '../../media/module.ts';
import { inventory } from '../contract.ts';
import { inventoryModule } from '../module.ts';

export const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };
export const customer: Actor = { kind: 'user', id: randomUUID(), roles: ['customer'] };

/** `done`, or the code of the refusal, or whatever else it broke with. */
export function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error) => (error instanceof Failure ? error.code : String(error)),
  );
}

/** A shop of products and their stock. Words for what its tests do all the time. */
export async function openStockedShop(settings: Readonly<Record<string, string>> = {}) {
  const shop = await openShop({ modules: [mediaModule, catalogModule, inventoryModule], settings });
  const { calls } = inventory;

  return {
    ...shop,

    /** A new product with so many units. */
    async shelve(onHand: number): Promise<string> {
      const { id } = await shop.call(catalog.calls.createProduct, {
        sku: randomUUID(),
        name: 'Mug',
        description: '',
        price: { amount: 1250, currency: 'EUR' },
      });
      await shop.call(calls.updateStock, { productId: id, onHand });
      return id;
    },

    reserve: (orderId: string, ...items: readonly (readonly [string, number])[]) =>
      shop.call(calls.reserveStock, {
        orderId,
        items: items.map(([productId, quantity]) => ({ productId, quantity })),
      }),
    extend: (orderId: string) => shop.call(calls.extendReservation, { orderId }),
    commit: (orderId: string) => shop.call(calls.commitReservation, { orderId }),
    release: (orderId: string) => shop.call(calls.releaseReservation, { orderId }),
    restock: (orderId: string) => shop.call(calls.restockOrder, { orderId }),

    /** As if so much time had passed since all that is held was reserved. */
    age: (ms: number) =>
      shop.store('inventory').write(async ({ sql }) => {
        await sql`update reservations set expires_at = expires_at - ${ms} where state = 'held'`;
      }),

    /** `[onHand, reserved, available]`. */
    async counts(productId: string): Promise<readonly number[]> {
      const { onHand, reserved, available } = await shop.call(calls.getStock, { productId });
      return [onHand, reserved, available];
    },

    /** What inventory has told about these products and orders, oldest first. */
    async told(...subjects: readonly string[]) {
      await shop.settled();
      const events = await shop.published(inventory);
      return events
        .filter((event) => subjects.includes(event.subject))
        .map(({ type, data }) => ({ type: type.replace('inventory.', ''), data }));
    },
  };
}
