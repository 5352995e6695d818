import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { Answer, Customer } from '#test/customer';

/** An order as its customer was told of it. */
export type Placed = { readonly orderId: string; readonly isCancelled: boolean };

export type OrderLoad = {
  /** Requests that have been sent and not yet answered. */
  inFlight(): number;
  /** Stops ordering, sees every key through to an answer, and tells them. */
  finish(): Promise<readonly Placed[]>;
};

/**
 * A customer gives up on one order after so long without an answer: a payment in doubt is asked after
 * every half minute in the end, and meanwhile the shop never lives for as long as an answer may take.
 */
const patienceMs = 180_000;

type Load = {
  readonly customers: readonly Customer[];
  readonly productId: string;
  readonly random: () => number;
  /** Ways to pay, each as often as it is to be chosen. */
  readonly tokens: readonly string[];
  /** The share of completed orders that their customers cancel. */
  readonly regret: number;
};

/** Customers who order one after another, and send a key again until they have had its answer. */
export function placeOrders({ customers, productId, random, tokens, regret }: Load): OrderLoad {
  let over = false;
  let inFlight = 0;
  const placed: Placed[] = [];

  const once = async (customer: Customer, asking: () => Promise<Answer>) => {
    inFlight += 1;
    try {
      const told = await asking();
      // A long run outlives an access token.
      if (told.status === 401) await customer.logIn();
      return told.status === 401 ? undefined : told;
    } catch {
      // The shop has been killed under the request: nothing is known of it.
      return undefined;
    } finally {
      inFlight -= 1;
    }
  };

  const shop = async (customer: Customer) => {
    while (!over) {
      const key = randomUUID();
      const quantity = 1 + Math.floor(random() * 3);
      const pay = tokens[Math.floor(random() * tokens.length)] as string;
      const order = () => customer.order([{ productId, quantity }], pay, key, 5);
      const { orderId, status } = await seenThrough(() => once(customer, order), orderOf);
      const isCancelled = status === 'completed' && random() < regret;
      const cancel = () => customer.ask(`POST /api/orders/${orderId}/cancel`);
      if (isCancelled) await seenThrough(() => once(customer, cancel), cancelled);
      placed.push({ orderId, isCancelled });
    }
  };

  const shopping = customers.map(shop);
  return {
    inFlight: () => inFlight,
    async finish() {
      over = true;
      await Promise.all(shopping);
      return placed;
    },
  };
}

/** Asks until `read` finds an answer in what it is told. */
async function seenThrough<T>(
  ask: () => Promise<Answer | undefined>,
  read: (told: Answer) => T | undefined,
): Promise<T> {
  const overAt = performance.now() + patienceMs;
  while (performance.now() < overAt) {
    const told = await ask();
    const found = told && read(told);
    if (found) return found;
    await pause(20);
  }
  throw new Error('A request had no answer after every restart.');
}

type Seen = { readonly orderId: string; readonly status: string };

/** 201 and 202 carry the order; a refusal (402, 409) names it; anything else is no answer yet. */
function orderOf({ status, body }: Answer): Seen | undefined {
  if (status === 201 || status === 202) return { orderId: body.id, status: body.status };
  const orderId = body.details?.orderId ?? body.orderId;
  if (status === 402 || status === 409) return { orderId, status: 'rejected' };
  if (status >= 500 || status === 429) return undefined;
  throw new Error(`An order was answered with ${status}: ${JSON.stringify(body)}`);
}

/** 409: an earlier try, whose answer got lost, has cancelled it. */
function cancelled({ status, body }: Answer): true | undefined {
  if (status === 200 || status === 202 || status === 409) return true;
  if (status >= 500 || status === 429) return undefined;
  throw new Error(`A cancellation was answered with ${status}: ${JSON.stringify(body)}`);
}
