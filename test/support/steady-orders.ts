import { type Answer, Customer, logInAdmin, stockProduct } from './customer.ts';
import { until } from './until.ts';

/** Customers who order one after another, each request sent once. */
export type SteadyOrders = {
  /** How many orders have been completed so far. */
  completed(): number;
  /** What was answered otherwise. */
  readonly otherwise: readonly string[];
  /** Resolves when so many more have been completed than at the time of asking. */
  more(count: number): Promise<void>;
  /** Stops ordering; resolves with the last answer. */
  finish(): Promise<void>;
};

const moreTimeoutMs = 60_000;

export async function orderSteadily(url: string, customers = 2): Promise<SteadyOrders> {
  const productId = await stockProduct(await logInAdmin(url), 1_000_000);
  const all = await Customer.signUpMany(url, customers);
  const otherwise: string[] = [];
  let completed = 0;
  let isOver = false;

  const shopping = all.map(async (customer) => {
    while (!isOver) {
      const told = await customer
        .order([{ productId, quantity: 1 }])
        .catch((error: Error) => error.message);
      if (isCompleted(told)) completed += 1;
      else otherwise.push(typeof told === 'string' ? told : JSON.stringify(told.body));
    }
  });

  return {
    completed: () => completed,
    otherwise,
    async more(count) {
      const wanted = completed + count;
      await until(() => completed >= wanted, {
        what: `${count} more orders to be completed`,
        timeoutMs: moreTimeoutMs,
      });
    },
    async finish() {
      isOver = true;
      await Promise.all(shopping);
    },
  };
}

function isCompleted(told: Answer | string): boolean {
  return typeof told !== 'string' && told.status === 201 && told.body.status === 'completed';
}
