import { orders } from '#contracts/orders';
import { payments } from '#contracts/payments';
import { users } from '#contracts/users';
import type { EventMaker } from '#kernel/contract';
import { projection, when } from '#kernel/projections/projection';

import {
  type Line,
  noteCustomer,
  noteLines,
  noteMoney,
  noteOrder,
  type OrderMoment,
} from '../store/fact-store.ts';
import { carryGeneration, forgetGeneration } from '../store/generation-store.ts';
import { customerRef } from './customer-ref.ts';

type OrderData = {
  readonly orderId: string;
  readonly userId: string;
  readonly items: readonly {
    readonly productId: string;
    readonly name: string;
    readonly quantity: number;
    readonly unitPrice: { readonly amount: number; readonly currency: string };
  }[];
};

/** Facts about orders, money and customers. Sources come in any order: none needs another's rows. */
export function salesProjection() {
  return projection('sales', {
    version: 1,
    events: [
      orderMoment(orders.events.orderPlaced, 'placed_at'),
      orderMoment(orders.events.orderCompleted, 'completed_at'),
      orderMoment(orders.events.orderRejected, 'rejected_at'),
      orderMoment(orders.events.orderCancelled, 'closed_at'),
      orderMoment(orders.events.orderRefunded, 'closed_at'),
      when(payments.events.paymentSucceeded, async (tx, { data, time }, generation) => {
        const { paymentId: id, amount } = data;
        await noteMoney(tx, generation, { id, kind: 'charge', at: Date.parse(time), ...amount });
      }),
      when(payments.events.paymentRefunded, async (tx, { data, time }, generation) => {
        const { refundId: id, refund } = data;
        await noteMoney(tx, generation, { id, kind: 'refund', at: Date.parse(time), ...refund });
      }),
      when(users.events.userRegistered, async (tx, { data, time }, generation) => {
        await noteCustomer(tx, generation, customerRef(data.userId), Date.parse(time));
      }),
    ],
    forget: forgetGeneration,
    carry: carryGeneration,
  });
}

function orderMoment<Data extends OrderData>(event: EventMaker<Data>, moment: OrderMoment) {
  return when(event, async (tx, { data, time }, generation) => {
    const { orderId, userId, items } = data;
    const at = Date.parse(time);
    await noteOrder(tx, generation, { orderId, customer: customerRef(userId), moment, at });
    if (moment === 'completed_at') await noteLines(tx, generation, orderId, linesOf(items));
  });
}

/** One line a product, however often the order names it. */
function linesOf(items: OrderData['items']): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const { productId, name, quantity, unitPrice } of items) {
    const before = lines.get(productId);
    lines.set(productId, {
      productId,
      name,
      units: quantity + (before?.units ?? 0),
      amount: quantity * unitPrice.amount + (before?.amount ?? 0),
      currency: unitPrice.currency,
    });
  }
  return [...lines.values()];
}
