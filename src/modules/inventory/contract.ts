import { command, defineContract, event, query } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Id, type Static, Timestamp, Type } from '#kernel/schema';

/** A count of physical units. */
const Units = Type.Integer({ minimum: 0 });

const Item = Type.Object({
  productId: Id,
  quantity: Type.Integer({ minimum: 1, maximum: 1000 }),
});

/** What the shop owns of a product: `onHand` includes what is reserved, `available` does not. */
const Stock = Type.Object({
  productId: Id,
  onHand: Units,
  reserved: Units,
  available: Units,
});
export type Stock = Static<typeof Stock>;

const Order = Type.Object({ orderId: Id });
const Nothing = Type.Object({});

/** All that other modules may ask of inventory, hear from it, or be refused by it. */
export const inventory = defineContract('inventory', {
  calls: {
    /**
     * Sets units aside for an order until `expiresAt`: all items or none; a product named twice
     * counts with its sum. Repeating it for the same order changes nothing and answers the
     * reservation as it stands; one that has expired is made anew.
     * Refused: `unknownProduct`, `outOfStock`; `reservationReleased` when a release came first.
     */
    reserveStock: command('Sets units aside for an order, for a limited time.', {
      input: Type.Object({
        orderId: Id,
        items: Type.Array(Item, { minItems: 1, maxItems: 50 }),
      }),
      output: Type.Object({ orderId: Id, expiresAt: Timestamp }),
    }),

    /**
     * Lets a reservation start its time again. Repeating it is harmless.
     * Refused: `reservationGone` when there is none, or it has expired or was released.
     */
    extendReservation: command('Lets a reservation start its time again.', {
      input: Order,
      output: Type.Object({ expiresAt: Timestamp }),
    }),

    /**
     * The reserved units are sold: they leave stock for good. Repeating it changes nothing.
     * Refused: `reservationGone` when there is none, or it has expired, was released or restocked.
     */
    commitReservation: command('Takes the reserved units of an order out of stock: sold.', {
      input: Order,
      output: Nothing,
    }),

    /**
     * Gives reserved units back. Never refused: after an expiry there is nothing left to give back,
     * and arriving before `reserveStock` it refuses the one that is still on its way. It leaves sold
     * units alone: those come back through `restockOrder`.
     */
    releaseReservation: command('Gives the reserved units of an order back.', {
      input: Order,
      output: Nothing,
    }),

    /**
     * Returns all that an order took, whether sold or only reserved, and closes it: a reservation or
     * commit still on its way is refused. Repeating it changes nothing.
     */
    restockOrder: command('Returns the units of a cancelled order to stock.', {
      input: Order,
      output: Nothing,
    }),

    /**
     * Sets the counted units of a product, reserved ones included. Repeating it changes nothing.
     * Refused: `unknownProduct`; `stockReserved` when orders hold more units than that.
     */
    updateStock: command('Sets how many units of a product there are.', {
      input: Type.Object({
        productId: Id,
        onHand: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
      }),
      output: Stock,
    }),

    /** Refused: `unknownProduct`, also in the moment between a product's creation and its arrival. */
    getStock: query('Tells how many units of a product there are.', {
      input: Type.Object({ productId: Id }),
      output: Stock,
    }),
  },

  events: {
    stockChanged: event('The units of a product, or the claims on them, changed.', {
      subject: 'productId',
      data: Stock,
    }),
    /** Published when `available` falls to `threshold` or below, not while it stays there. */
    stockRanLow: event('Few units of a product are left.', {
      subject: 'productId',
      data: Type.Object({ productId: Id, available: Units, threshold: Units }),
    }),
    reservationExpired: event('A reservation ran out of time; its units are available again.', {
      subject: 'orderId',
      data: Order,
    }),
  },

  errors: {
    unknownProduct: failure(
      'not_found',
      'There is no such product.',
      Type.Object({ productId: Id }),
    ),
    outOfStock: failure(
      'conflict',
      'Not enough units are left.',
      Type.Object({ productId: Id, wanted: Units, available: Units }),
    ),
    stockReserved: failure(
      'conflict',
      'Orders hold more units than that.',
      Type.Object({ productId: Id, reserved: Units }),
    ),
    reservationReleased: failure(
      'conflict',
      'The reservation of this order was given back before it was made.',
      Order,
    ),
    reservationGone: failure('conflict', 'There is no reservation for this order any more.', Order),
  },
});
