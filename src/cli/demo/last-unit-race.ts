import { scarcest } from './shelf.ts';
import { type Order, type Product, patiently, type Story } from './story.ts';
import { isRefusal, type Shop } from '#client';

/** Ann buys all but one of what there is least of; then both want that one, and one of them has it. */
export async function lastUnitRace(story: Story): Promise<readonly string[]> {
  const { ann, bob, bought } = story;
  const { product, available } = await scarcest(story);
  if (available > 1) {
    bought.push({ by: ann, order: await orderOf(ann, product, available - 1) });
  }
  const both = await Promise.allSettled([ann, bob].map((shop) => orderOf(shop, product, 1)));
  const refusals = both.filter(({ status }) => status === 'rejected');
  for (const [index, one] of both.entries()) {
    if (one.status === 'fulfilled') bought.push({ by: index === 0 ? ann : bob, order: one.value });
    else if (!isRefusal(one.reason, 'out_of_stock')) throw one.reason;
  }
  if (refusals.length !== 1)
    throw new Error(`The last unit was sold ${2 - refusals.length} times.`);
  const winner = both[0]?.status === 'fulfilled' ? 'Ann' : 'Bob';
  return [`${winner} has the last ${product.name}; the other is told 409 out_of_stock.`];
}

function orderOf(shop: Shop, { id }: Product, quantity: number): Promise<Order> {
  const payment = { method: 'card' as const, token: 'tok_ok' };
  return shop.orders.createOrder({ items: [{ productId: id, quantity }], payment }, patiently);
}
