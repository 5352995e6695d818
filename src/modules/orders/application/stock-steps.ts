import { inventory } from '#contracts/inventory';
import type { Client } from '#kernel/contract';
import type { CallContext } from '#kernel/ports/call-context';
import type { Tx } from '#kernel/ports/tx';

import { orders } from '../contract.ts';
import { lockOrder } from '../store/order-store.ts';
import type { CheckoutStep, CheckoutWork } from './checkout-work.ts';

type Inventory = Client<typeof inventory>;

/** Sets the units aside, or refuses the order as out of stock. */
export function reserveStep({ reserveStock, releaseReservation }: Inventory): CheckoutStep {
  return {
    name: 'reserve',
    // Nothing has happened yet: after about two minutes the customer is told that it failed.
    retry: { attempts: 20, firstDelayMs: 100, maxDelayMs: 15_000 },
    run: async (ctx, { orderId, items }) => {
      await reserveStock(ctx, { orderId, items: [...items] });
    },
    undo: {
      run: async (ctx, { orderId }) => {
        await releaseReservation(ctx, { orderId });
      },
    },
  };
}

/** Holds the units for as long as a charge may take; here a cancelled order leaves without a charge. */
export function extendStep(stock: Inventory): CheckoutStep {
  return {
    name: 'extend',
    retry: { attempts: 20, firstDelayMs: 100, maxDelayMs: 15_000 },
    run: (ctx, work) =>
      unlessGone(stock.extendReservation(ctx, { orderId: work.orderId }), () =>
        reserveAgain(stock, ctx, work),
      ),
    commit: (tx, { orderId }) => refuseWithdrawn(tx, orderId),
  };
}

/**
 * Sells the units. A reservation that ran out while the charge was in doubt is made again; where the
 * units have gone to somebody else by then, the refusal sends the money back. It is the pivot: asked
 * until there is an answer, because money has been taken.
 */
export function settleStep(stock: Inventory): CheckoutStep {
  return {
    name: 'settle',
    pivot: true,
    retry: { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 100, maxDelayMs: 15_000 },
    run: (ctx, work) =>
      unlessGone(stock.commitReservation(ctx, { orderId: work.orderId }), async () => {
        await reserveAgain(stock, ctx, work);
        // Another key: under the first one the answer is "gone" for ever.
        await stock.commitReservation(ctx, { orderId: work.orderId }, { key: 'settle-again' });
      }),
  };
}

async function unlessGone(tried: Promise<unknown>, otherwise: () => Promise<void>): Promise<void> {
  try {
    await tried;
  } catch (error) {
    if (!inventory.errors.reservationGone.is(error)) throw error;
    await otherwise();
  }
}

async function reserveAgain(
  { reserveStock }: Inventory,
  ctx: CallContext,
  { orderId, items }: CheckoutWork,
): Promise<void> {
  await reserveStock(ctx, { orderId, items: [...items] });
}

async function refuseWithdrawn(tx: Tx, orderId: string): Promise<void> {
  const order = await lockOrder(tx, orderId);
  if (order?.closing) throw orders.errors.orderWithdrawn({ orderId });
}
