import { Customer, stockProduct } from '#test/customer';
import { seededRandom } from '#test/random';
import { until } from '#test/until';

/** Orders that go on until they are stopped, and what the customers were told of them. */
export type CountedLoad = {
  orders(): number;
  reaches(orders: number): Promise<unknown>;
  /** Answers orders, gross, refunds and net. */
  stop(): Promise<readonly number[]>;
};

const customers = 6;
const prices = [1250, 799, 3333];

type Product = { readonly id: string; readonly amount: number };
type Counts = { orders: number; gross: number; refunds: number };

/** Customers who order all the time, are declined now and then, and cancel one order in five. */
export async function startCountedLoad(admin: Customer, seed: number): Promise<CountedLoad> {
  const random = seededRandom(seed);
  const products: Product[] = [];
  for (const amount of prices) {
    const id = await stockProduct(admin, 100_000, { amount, currency: 'EUR' });
    products.push({ id, amount });
  }
  const everybody = await Customer.signUpMany(admin.url, customers);
  const counts: Counts = { orders: 0, gross: 0, refunds: 0 };
  let isOver = false;
  const shopping = everybody.map(async (customer) => {
    while (!isOver) await shopOnce(customer, products, random, counts);
  });
  return {
    orders: () => counts.orders,
    reaches: (orders) =>
      until(() => counts.orders >= orders, { what: `${orders} orders`, timeoutMs: 120_000 }),
    async stop() {
      isOver = true;
      await Promise.all(shopping);
      const { orders, gross, refunds } = counts;
      return [orders, gross, refunds, gross - refunds];
    },
  };
}

async function shopOnce(
  customer: Customer,
  products: readonly Product[],
  random: () => number,
  counts: Counts,
): Promise<void> {
  const { id, amount } = products[Math.floor(random() * products.length)] as Product;
  const quantity = 1 + Math.floor(random() * 3);
  const card = random() < 0.1 ? 'tok_declined' : 'tok_ok';
  const placed = await customer.order([{ productId: id, quantity }], card);
  if (placed.status !== 201) return;
  counts.orders += 1;
  counts.gross += amount * quantity;
  if (random() >= 0.2) return;
  const cancelled = await customer.ask(`POST /api/orders/${placed.body.id}/cancel`, {
    headers: { prefer: 'wait=30' },
  });
  if (cancelled.status !== 200) throw new Error(`Cancelling was answered ${cancelled.status}.`);
  counts.refunds += amount * quantity;
}
