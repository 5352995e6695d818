import { randomUUID } from 'node:crypto';

import { catalog } from '#contracts/catalog';
import { inventory } from '#contracts/inventory';
import type { Actor } from '#kernel/ports/call-context';
import { openShop, type Place, type Shop } from '#test/shop';
import { until } from '#test/until';

import { catalogModule } from '../../catalog/module.ts';
import { inventoryModule } from '../../inventory/module.ts';
import { mediaModule } from '../../media/module.ts';
import { paymentsModule } from '../../payments/module.ts';
import { type Order, orders } from '../contract.ts';
import { ordersModule } from '../module.ts';

/** All that a checkout needs, and nobody else. */
export function openCheckout(place?: Place): Promise<Shop> {
  const modules = [mediaModule, catalogModule, inventoryModule, paymentsModule, ordersModule];
  return openShop({ modules, ...(place === undefined ? {} : { place }) });
}

export const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };

export function aCustomer(): Actor & { readonly id: string } {
  return { kind: 'user', id: randomUUID(), roles: ['customer'] };
}

/** The price of what `stocked` puts on the shelf. */
export const price = { amount: 1250, currency: 'EUR' };

/** Puts a new product on the shelf with `onHand` units of it. Answers its id. */
export async function stocked(shop: Shop, onHand: number, at = price): Promise<string> {
  const about = { sku: `sku-${randomUUID().slice(0, 13)}`, name: 'Mug', description: 'Holds tea.' };
  const product = await shop.call(
    catalog.calls.createProduct,
    { ...about, price: at },
    { as: admin },
  );
  await shop.call(inventory.calls.updateStock, { productId: product.id, onHand }, { as: admin });
  return product.id;
}

type Wish = { readonly productId: string; readonly quantity?: number; readonly token?: string };
type Options = { readonly as: Actor; readonly key?: string };

/** Places an order and answers it as it is at once: pending. */
export function place(
  shop: Shop,
  { productId, quantity = 1, token = 'tok_ok' }: Wish,
  by: Options,
) {
  const payment = { method: 'card' as const, token };
  return shop.call(orders.calls.createOrder, { items: [{ productId, quantity }], payment }, by);
}

/** The order when nothing of it is on its way any more. */
export function ended(shop: Shop, { id: orderId }: Pick<Order, 'id'>): Promise<Order> {
  return until(
    async () => {
      const order = await shop.call(orders.calls.awaitOrder, { orderId, waitMs: 5_000 });
      return order.status !== 'pending' && order.closing === null && order;
    },
    { what: `order ${orderId} to end`, timeoutMs: 60_000 },
  );
}

/** Places an order and waits for its end. */
export async function buy(shop: Shop, wish: Wish, by: Options = { as: aCustomer() }) {
  return await ended(shop, await place(shop, wish, by));
}

export function stockOf(shop: Shop, productId: string) {
  return shop.call(inventory.calls.getStock, { productId });
}

/** The names of an order's events, in order. */
export async function eventsOf(shop: Shop, { id }: Pick<Order, 'id'>): Promise<string[]> {
  await shop.settled();
  const published = await shop.published(orders);
  return published.filter(({ subject }) => subject === id).map(({ type }) => type);
}
