import type { Handler } from '#kernel/handlers';

import { catalog } from '../contract.ts';
import { cursorAfter, keyOfCursor, pageOf, priceCursor } from '../domain/cursor.ts';
import { findPrices } from '../store/price-store.ts';
import { findProduct } from '../store/product-store.ts';

const usualLimit = 20;

export const priceHistory: Handler<typeof catalog.calls.priceHistory> = async (
  read,
  { productId, limit = usualLimit, cursor },
) => {
  const before = cursor === undefined ? undefined : Number(keyOfCursor(priceCursor, cursor));
  if (!(await findProduct(read, productId))) throw catalog.errors.unknownProduct({ productId });
  const prices = await findPrices(read, productId, limit + 1, before);
  return pageOf(prices, limit, ({ version }) => cursorAfter(priceCursor, String(version)));
};
