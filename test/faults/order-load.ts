import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { Customer } from '#test/customer';

/** An order as its customer was told of it. */
export type Placed = { readonly key: string; readonly orderId: string };

export type OrderLoad = {
  /** Requests that have been sent and not yet answered. */
  inFlight(): number;
  /** Stops ordering, sees every key through to an answer, and tells them. */
  finish(): Promise<readonly Placed[]>;
};

/** How often each way to pay is chosen: mostly well, and every way that can go wrong. */
const payments = [
  ...Array<string>(12).fill('tok_ok'),
  ...Array<string>(4).fill('tok_declined'),
  'tok_flaky',
  'tok_unknown_outcome',
];

/** A customer gives up on one order only after this many answers that were none. */
const mostTries = 2000;

/** Customers who order one after another, and send a key again until they have had its answer. */
export function placeOrders(
  customers: readonly Customer[],
  productId: string,
  random: () => number,
): OrderLoad {
  let over = false;
  let inFlight = 0;
  const placed: Placed[] = [];

  const once = async (customer: Customer, key: string, quantity: number, pay: string) => {
    inFlight += 1;
    try {
      const told = await customer.order([{ productId, quantity }], pay, key, 5);
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
      const pay = payments[Math.floor(random() * payments.length)] as string;
      placed.push({ key, orderId: await seenThrough(() => once(customer, key, quantity, pay)) });
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

type Told = Awaited<ReturnType<Customer['order']>>;

async function seenThrough(ask: () => Promise<Told | undefined>): Promise<string> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const told = await ask();
    const orderId = told && orderOf(told);
    if (orderId) return orderId;
    await pause(20);
  }
  throw new Error('An order had no answer after every restart.');
}

/** 201 and 202 carry the order; a refusal (402, 409) names it; anything else is no answer yet. */
function orderOf({ status, body }: Told): string | undefined {
  if (status === 201 || status === 202) return body.id;
  if (status === 402 || status === 409) return body.details?.orderId ?? body.orderId;
  if (status >= 500 || status === 429) return undefined;
  throw new Error(`An order was answered with ${status}: ${JSON.stringify(body)}`);
}
