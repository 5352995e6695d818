import type { Product, Story } from './story.ts';

type Stocked = { readonly product: Product; readonly available: number };

/** As much of one product as Ann buys in all, and keeps until everything goes back. */
const enough = 3;

/** What Ann buys: a mug where there are enough of one, or whatever else there is enough of. */
export async function plentiful(story: Story): Promise<Product> {
  const stocked = (await stocksOf(story)).filter(({ available }) => available >= enough);
  const chosen = stocked.find(({ product }) => product.name.startsWith('Mug')) ?? stocked[0];
  if (!chosen) throw new Error(`The shop has no ${enough} units of anything.`);
  return chosen.product;
}

/** What there is least of, beside what Ann buys. */
export async function scarcest(story: Story): Promise<Stocked> {
  const [scarce] = (await stocksOf(story))
    .filter(({ product, available }) => available > 0 && product.id !== story.mug?.id)
    .sort((a, b) => a.available - b.available);
  if (!scarce) throw new Error('Nothing else is left in stock.');
  return scarce;
}

async function stocksOf({ ann, goods }: Story): Promise<readonly Stocked[]> {
  return await Promise.all(
    goods.map(async (product) => {
      const { available } = await ann.inventory.getStock({ productId: product.id });
      return { product, available };
    }),
  );
}
