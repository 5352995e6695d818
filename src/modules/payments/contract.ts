import { command, defineContract, event, query, stream } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Id, Money, oneOf, type Static, Timestamp, Type } from '#kernel/schema';

/**
 * `pending` until the provider has answered, however long that takes; `succeeded` and `declined`
 * are its answers. `cancelled`: given up before it was charged, and it never will be.
 */
export const PaymentStatus = oneOf('pending', 'succeeded', 'declined', 'cancelled');

/** `refunded` has gone back, `refunding` is on its way: their sum never exceeds `amount`. */
export const Payment = Type.Object({
  id: Id,
  orderId: Id,
  userId: Id,
  amount: Money,
  refunded: Money,
  refunding: Money,
  status: PaymentStatus,
  /** The provider's word for why, where it declined: `insufficient_funds`. */
  declineCode: Type.Optional(Type.String()),
  createdAt: Timestamp,
});
export type Payment = Static<typeof Payment>;

/** `pending` until the provider has confirmed that the money has gone back. */
export const Refund = Type.Object({
  id: Id,
  paymentId: Id,
  amount: Money,
  status: oneOf('pending', 'succeeded'),
  createdAt: Timestamp,
});
export type Refund = Static<typeof Refund>;

/** How the customer pays: a token that the provider gave the browser, never a card number. */
export const PaymentMethod = oneOf('card');
export const PaymentToken = Type.String({ pattern: '^[A-Za-z0-9_-]{1,200}$' });

/** Larger than any webhook, and small enough to be checked for whoever knocks. */
const longestWebhook = 64 * 1024;

/** Milliseconds that a query may wait for what it asks about: at most 30 seconds. */
const WaitMs = Type.Integer({ minimum: 0, maximum: 30_000 });

/** `refund`: somebody sent money back. `cancellation`: the payment was given up, with its order. */
export const RefundCause = oneOf('refund', 'cancellation');
export type RefundCause = Static<typeof RefundCause>;

const PaymentFact = { paymentId: Id, orderId: Id, userId: Id, amount: Money };

/** All that other modules may ask of payments, hear from it, or be refused by it. */
export const payments = defineContract('payments', {
  calls: {
    /**
     * Accepts the payment of an order and begins to charge it. The answer is `pending`; ask
     * `awaitPayment` for the outcome. An order has one payment: asking again answers that one.
     * Refuses with `payment_abandoned` when the order's payment was cancelled before.
     */
    processPayment: command('Accepts the payment of an order and begins to charge it.', {
      input: Type.Object({
        orderId: Id,
        userId: Id,
        amount: Money,
        method: PaymentMethod,
        token: PaymentToken,
      }),
      output: Payment,
    }),

    /** Answers as soon as no charge and no refund is on its way, or after `waitMs` as it is then. */
    awaitPayment: query('Waits until no charge and no refund of a payment is on its way.', {
      input: Type.Object({ paymentId: Id, waitMs: WaitMs }),
      output: Payment,
    }),

    /**
     * Undoes `processPayment`: whatever becomes of the charge, no money stays. Without a payment
     * yet, it refuses a later one; a pending one is refunded if it turns out to be charged; a
     * charged one is refunded. Repeating it changes nothing. `null`: there was no payment.
     */
    cancelPayment: command('Gives up the payment of an order: no money stays with the shop.', {
      input: Type.Object({ orderId: Id }),
      output: Type.Object({ payment: Type.Union([Payment, Type.Null()]) }),
    }),

    /** For the customer who paid and for administrators; to others it is unknown. */
    getPayment: query('Shows one payment.', {
      input: Type.Object({ paymentId: Id }),
      output: Payment,
    }),

    /**
     * Sends money back, all that is left of the charge without `amount`. A whole number is in minor
     * units of the payment's currency. Accepted refunds never exceed the charge. Repeating it with
     * the same key is one refund; with another key it is another one.
     */
    refundPayment: command('Sends a charged payment back, in part or in full.', {
      input: Type.Object({
        paymentId: Id,
        amount: Type.Optional(
          Type.Union([
            Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
            Type.Object(
              {
                amount: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
                currency: Money.properties.currency,
              },
              { additionalProperties: false },
            ),
          ]),
        ),
      }),
      output: Refund,
    }),

    /** Answers as soon as the money has gone back, or after `waitMs` as it is then. */
    awaitRefund: query('Waits until a refund has gone back.', {
      input: Type.Object({ refundId: Id, waitMs: WaitMs }),
      output: Refund,
    }),

    /**
     * Takes what the provider tells without being asked, signed as Standard Webhooks say. Anything
     * else is refused as `unauthenticated`. A webhook settles nothing by itself: it has the provider
     * asked now. The same one again, whenever and however often, changes nothing.
     */
    receiveWebhook: command('Takes a signed webhook of the payment provider.', {
      input: Type.Object({
        provider: Type.String({ maxLength: 100 }),
        /** The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, as they came. */
        id: Type.Optional(Type.String({ maxLength: 1000 })),
        timestamp: Type.Optional(Type.String({ maxLength: 1000 })),
        signature: Type.Optional(Type.String({ maxLength: 20_000 })),
        /** The body, byte for byte. */
        body: Type.String({ maxLength: longestWebhook }),
      }),
      output: Type.Object({}),
    }),

    /** Only for the customer and for administrators; to others there is nothing. */
    exportAccount: stream('Everything that payments keep about a customer.', {
      input: Type.Object({ userId: Id }),
      output: Type.Object({
        kind: oneOf('payment'),
        ...Payment.properties,
        refunds: Type.Array(Refund),
      }),
    }),
  },

  events: {
    paymentSucceeded: event('The provider has charged the payment.', {
      subject: 'paymentId',
      data: Type.Object(PaymentFact),
    }),
    paymentDeclined: event('The provider has refused to charge the payment.', {
      subject: 'paymentId',
      data: Type.Object({ ...PaymentFact, declineCode: Type.String() }),
    }),
    paymentRefunded: event('The provider has sent money back; `refunded` is all of it so far.', {
      subject: 'paymentId',
      data: Type.Object({
        ...PaymentFact,
        refundId: Id,
        refund: Money,
        refunded: Money,
        /** Missing where an earlier version told it. */
        cause: Type.Optional(RefundCause),
      }),
    }),
    paymentCancelled: event('The payment was given up and was never charged.', {
      subject: 'paymentId',
      data: Type.Object(PaymentFact),
    }),
  },

  errors: {
    unknownPayment: failure('not_found', 'There is no such payment.'),
    unknownRefund: failure('not_found', 'There is no such refund.'),
    paymentAbandoned: failure(
      'conflict',
      'The payment of this order was cancelled before it began.',
      Type.Object({ orderId: Id }),
    ),
    paymentDiffers: failure(
      'conflict',
      'This order already has a payment of another amount or customer.',
      Type.Object({ orderId: Id }),
    ),
    notRefundable: failure(
      'conflict',
      'Only a charged payment can be refunded.',
      Type.Object({ status: PaymentStatus }),
    ),
    refundExceedsPayment: failure(
      'conflict',
      'The refund exceeds what is left of the payment.',
      Type.Object({ wanted: Money, left: Money }),
    ),
    refundCurrencyDiffers: failure(
      'invalid',
      'A refund has the currency of its payment.',
      Type.Object({ currency: Money.properties.currency }),
    ),
    webhookMalformed: failure('malformed', 'This is no webhook of a payment provider.'),
  },
});
