import type { catalog } from '#contracts/catalog';
import type { Client, InputOf } from '#kernel/contract';
import { type Handler, twoSteps } from '#kernel/handlers';
import type { Actor, CallContext } from '#kernel/ports/call-context';
import type { SagaName, Tx } from '#kernel/ports/tx';

import { type Order, orders } from '../contract.ts';
import { placeOrder } from '../domain/order.ts';
import { priceLines } from '../domain/price-lines.ts';
import { countPending, insertOrder } from '../store/order-store.ts';
import type { CheckoutWork } from './checkout-work.ts';
import { toView } from './order-view.ts';

type Create = typeof orders.calls.createOrder;
type Priced = Pick<Order, 'items' | 'total'>;

/**
 * A customer has at most about this many orders in checkout, so that nobody reserves the whole stock
 * without paying: far more than a person needs, even at a slow provider.
 */
const pendingLimit = 100;

export function createOrder(
  { getProducts }: Pick<Client<typeof catalog>, 'getProducts'>,
  checkout: SagaName,
): Handler<Create> {
  return twoSteps<Create, Priced>(
    (ctx, input) => atTodaysPrices(getProducts, ctx, input),
    async (tx, { payment }, { actor, prepared }) => {
      const userId = customer(actor);
      const pending = await countPending(tx, userId);
      if (pending >= pendingLimit)
        throw orders.errors.tooManyPendingOrders({ limit: pendingLimit });

      const order = placeOrder({ id: tx.newId(), userId, ...prepared }, tx.nowIso);
      await insertOrder(tx, order);
      beginCheckout(tx, checkout, order, payment.token);
      return toView(order);
    },
  );
}

async function atTodaysPrices(
  getProducts: Client<typeof catalog>['getProducts'],
  ctx: CallContext,
  { items }: InputOf<Create>,
): Promise<Priced> {
  customer(ctx.actor);
  const productIds = [...new Set(items.map(({ productId }) => productId))];
  const products = await getProducts(ctx, { productIds });
  return priceLines(items, products.items);
}

function beginCheckout(tx: Tx, checkout: SagaName, order: Order, token: string): void {
  const { id: orderId, userId, items, total } = order;
  const work: CheckoutWork = {
    orderId,
    userId,
    items: items.map(({ productId, quantity }) => ({ productId, quantity })),
    total,
    token,
    paymentId: null,
  };
  tx.startSaga(checkout, orderId, work);
  tx.publish(orders.events.orderPlaced({ orderId, userId, total, items }));
}

function customer(actor: Actor): string {
  if (actor.kind !== 'user') throw orders.errors.customersOnly();
  return actor.id;
}
