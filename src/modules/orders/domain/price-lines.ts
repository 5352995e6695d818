import { type Order, type OrderLine, orders } from '../contract.ts';

type Wanted = { readonly productId: string; readonly quantity: number };
type Priced = {
  readonly id: string;
  readonly name: string;
  readonly price: OrderLine['unitPrice'];
};

/** In minor units: sums of thousands of such orders are exact still. */
const largestTotal = 10 ** 12;

/**
 * The lines of an order at the given prices, and what they cost together.
 * Throws `unknownProduct`, `mixedCurrencies`, `totalTooLarge`.
 */
export function priceLines(
  wanted: readonly Wanted[],
  products: readonly Priced[],
): Pick<Order, 'items' | 'total'> {
  const byId = new Map(products.map((product) => [product.id, product]));
  const items = wanted.map(({ productId, quantity }) => {
    const product = byId.get(productId);
    if (!product) throw orders.errors.unknownProduct({ productId });
    return { productId, name: product.name, quantity, unitPrice: product.price };
  });
  return { items, total: totalOf(items) };
}

function totalOf(items: readonly OrderLine[]): Order['total'] {
  const currencies = [...new Set(items.map(({ unitPrice }) => unitPrice.currency))];
  const [currency = '', ...others] = currencies;
  if (others.length > 0) throw orders.errors.mixedCurrencies({ currencies });
  const amount = items.reduce((sum, item) => sum + item.unitPrice.amount * item.quantity, 0);
  if (amount > largestTotal) throw orders.errors.totalTooLarge();
  return { amount, currency };
}
