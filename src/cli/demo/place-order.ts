import { type Order, type Product, patiently } from './story.ts';
import { isRefusal, type Shop } from '#client';

/** What became of an order: it is kept, or the shop has refused it, and why. */
export type Placed =
  | { readonly order: Order; readonly refused?: never }
  | { readonly refused: 'out_of_stock' | 'payment_declined'; readonly order?: never };

const refusals = ['out_of_stock', 'payment_declined'] as const;

/** Orders, and waits until the order has settled, also where it was answered before. */
export async function placeOrder(
  shop: Shop,
  { id: productId }: Product,
  quantity: number,
  token: string,
): Promise<Placed> {
  const asked = { items: [{ productId, quantity }], payment: { method: 'card' as const, token } };
  try {
    const order = await settled(shop, await shop.orders.createOrder(asked, patiently));
    const refused = refusals.find((reason) => order.reason === reason);
    return refused ? { refused } : { order };
  } catch (error) {
    const refused = refusals.find((code) => isRefusal(error, code));
    if (!refused) throw error;
    return { refused };
  }
}

/** The order once nothing of it is on its way: a host that ended may have cut the wait short. */
export async function settled(shop: Shop, order: Order): Promise<Order> {
  if (isSettled(order)) return order;
  const { id: orderId } = order;
  for await (const _ of shop.orders.watchOrder({ orderId })) {
    const now = await shop.orders.getOrder({ orderId });
    if (isSettled(now)) return now;
  }
  return await shop.orders.getOrder({ orderId });
}

function isSettled({ status, closing }: Order): boolean {
  return status !== 'pending' && closing === null;
}
