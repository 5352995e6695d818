import { placeOrder } from './place-order.ts';
import { scarcest } from './shelf.ts';
import type { Story } from './story.ts';

/** Ann buys all but one of what there is least of; then both want that one, and one of them has it. */
export async function lastUnitRace(story: Story): Promise<readonly string[]> {
  const { ann, bob, bought } = story;
  const { product, available } = await scarcest(story);
  if (available > 1) {
    const { order, refused } = await placeOrder(ann, product, available - 1, 'tok_ok');
    if (refused) throw new Error(`All but one could not be bought: ${refused}.`);
    bought.push({ by: ann, order });
  }
  const both = await Promise.all([ann, bob].map((shop) => placeOrder(shop, product, 1, 'tok_ok')));
  for (const [index, { order }] of both.entries()) {
    if (order) bought.push({ by: index === 0 ? ann : bob, order });
  }
  const refusals = both.filter(({ refused }) => refused === 'out_of_stock');
  if (refusals.length !== 1)
    throw new Error(`The last unit was sold ${2 - refusals.length} times.`);
  const winner = both[0]?.order ? 'Ann' : 'Bob';
  return [`${winner} has the last ${product.name}; the other is told 409 out_of_stock.`];
}
