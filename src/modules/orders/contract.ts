import { command, defineContract, event, query, stream } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Id, Money, oneOf, PageRequest, page, type Static, Timestamp, Type } from '#kernel/schema';

/** `pending` while its checkout runs; see domain/order-status.ts for who may become what. */
export const OrderStatus = oneOf('pending', 'completed', 'rejected', 'cancelled', 'refunded');
export type OrderStatus = Static<typeof OrderStatus>;

/** Why an order was not completed, or was closed. */
export const OrderReason = oneOf(
  'out_of_stock',
  'payment_declined',
  'checkout_failed',
  'cancelled',
  'refunded',
);
export type OrderReason = Static<typeof OrderReason>;

const Quantity = Type.Integer({ minimum: 1, maximum: 1000 });

/** A line with name and price as they were when the order was placed. */
export const OrderLine = Type.Object({
  productId: Id,
  name: Type.String(),
  quantity: Quantity,
  unitPrice: Money,
});
export type OrderLine = Static<typeof OrderLine>;

export const Order = Type.Object({
  id: Id,
  userId: Id,
  status: OrderStatus,
  reason: Type.Union([OrderReason, Type.Null()]),
  /** What the order is about to become: its cancellation or refund is asked for and on its way. */
  closing: Type.Union([oneOf('cancelled', 'refunded'), Type.Null()]),
  items: Type.Array(OrderLine),
  total: Money,
  paymentId: Type.Union([Id, Type.Null()]),
  /** The provider's word for why, where the payment was declined. */
  declineCode: Type.Union([Type.String(), Type.Null()]),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Order = Static<typeof Order>;

/** One step in an order's life; `id` counts from 1 and is the id of the server-sent event. */
export const StatusChange = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  orderId: Id,
  status: OrderStatus,
  reason: Type.Union([OrderReason, Type.Null()]),
  at: Timestamp,
});
export type StatusChange = Static<typeof StatusChange>;

const OneOrder = Type.Object({ orderId: Id });

const OrderFact = { orderId: Id, userId: Id, total: Money, items: Type.Array(OrderLine) };
const Reasoned = { ...OrderFact, reason: OrderReason };

/** All that other modules may ask of orders, hear from it, or be refused by it. */
export const orders = defineContract('orders', {
  calls: {
    /**
     * Places an order for the acting user at today's prices and begins its checkout. The answer is
     * `pending`; ask `awaitOrder` how it ended. Repeating it with the same key is the same order.
     */
    createOrder: command('Places an order and begins its checkout.', {
      input: Type.Object({
        items: Type.Array(
          Type.Object({ productId: Id, quantity: Quantity }, { additionalProperties: false }),
          { minItems: 1, maxItems: 50 },
        ),
        payment: Type.Object(
          {
            method: oneOf('card'),
            token: Type.String({ pattern: '^[A-Za-z0-9_-]{1,200}$' }),
          },
          { additionalProperties: false },
        ),
      }),
      output: Order,
    }),

    /** Answers as soon as nothing of the order is on its way, or after `waitMs` as it is then. */
    awaitOrder: query('Waits until nothing of an order is on its way.', {
      input: Type.Object({ orderId: Id, waitMs: Type.Integer({ minimum: 0, maximum: 30_000 }) }),
      output: Order,
    }),

    /** For the customer who placed it and for administrators; to others it is unknown. */
    getOrder: query('Shows one order.', { input: OneOrder, output: Order }),

    /** The newest first: a customer's own, and all orders for an administrator. */
    listOrders: query('Lists orders, the newest first.', {
      input: Type.Object(PageRequest),
      output: page(Order),
    }),

    /** Every status change after the one numbered `from`, as it happens; ends with a final status. */
    watchOrder: stream('Tells the status changes of an order as they happen.', {
      input: Type.Object({ orderId: Id, from: Type.Optional(Type.Integer({ minimum: 0 })) }),
      output: StatusChange,
    }),

    /**
     * Asks to cancel an order: a pending one at the next safe point of its checkout, a completed one
     * by refund and restocking. The answer may still be `closing`; ask `awaitOrder` how it ended.
     * Repeating it changes nothing.
     */
    cancelOrder: command('Cancels an order, refunds its payment and restocks its items.', {
      input: OneOrder,
      output: Order,
    }),

    /**
     * For administrators: `cancelled` is as `cancelOrder`; `refunded` sends the money back and leaves
     * the goods with the customer. Repeating it changes nothing.
     */
    updateOrderStatus: command('Moves an order to another status, by the state table.', {
      input: Type.Object({ orderId: Id, status: OrderStatus }),
      output: Order,
    }),

    /** All orders of a customer with their history, for that customer and administrators; none for others. */
    exportAccount: stream('Everything that orders keep about a customer.', {
      input: Type.Object({ userId: Id }),
      output: Type.Object({
        kind: oneOf('order'),
        ...Order.properties,
        changes: Type.Array(StatusChange),
      }),
    }),
  },

  events: {
    orderPlaced: event('A customer has placed an order; its checkout has begun.', {
      subject: 'orderId',
      data: Type.Object(OrderFact),
    }),
    orderCompleted: event('The order is paid and its items are the customer’s.', {
      subject: 'orderId',
      data: Type.Object({ ...OrderFact, paymentId: Id }),
    }),
    orderRejected: event('The checkout failed; nothing is reserved and no money is kept.', {
      subject: 'orderId',
      data: Type.Object(Reasoned),
    }),
    orderCancelled: event('The order was cancelled; its money is back and its items are too.', {
      subject: 'orderId',
      data: Type.Object(Reasoned),
    }),
    orderRefunded: event('The money of a completed order is back; its items are not.', {
      subject: 'orderId',
      data: Type.Object(Reasoned),
    }),
  },

  errors: {
    unknownOrder: failure('not_found', 'There is no such order.'),
    customersOnly: failure('forbidden', 'Only a customer can place an order.'),
    unknownProduct: failure(
      'invalid',
      'The order names a product that does not exist.',
      Type.Object({ productId: Id }),
    ),
    mixedCurrencies: failure(
      'invalid',
      'All items of an order have the same currency.',
      Type.Object({ currencies: Type.Array(Money.properties.currency) }),
    ),
    totalTooLarge: failure('invalid', 'The order costs more than can be charged at once.'),
    tooManyPendingOrders: failure(
      'too_many',
      'Too many of your orders are still being checked out.',
      Type.Object({ limit: Type.Integer() }),
    ),
    outOfStock: failure(
      'conflict',
      'There are not enough units left; the order was rejected.',
      OneOrder,
    ),
    paymentDeclined: failure(
      'payment_refused',
      'The payment was declined; the order was rejected.',
      Type.Object({ orderId: Id, paymentId: Id, declineCode: Type.String() }),
    ),
    checkoutFailed: failure(
      'conflict',
      'The checkout could not be carried out; the order was rejected and no money is kept.',
      OneOrder,
    ),
    orderWithdrawn: failure('conflict', 'The order was cancelled before it was charged.', OneOrder),
    invalidCursor: failure('malformed', 'This cursor was not made by this list.'),
    transitionRefused: failure(
      'conflict',
      'An order in this status can not get that one.',
      Type.Object({ from: OrderStatus, to: OrderStatus }),
    ),
  },
});
