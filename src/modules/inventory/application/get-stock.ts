import type { Handler } from '#kernel/handlers';

import { inventory } from '../contract.ts';
import { findStock } from '../store/stock-store.ts';

export const getStock: Handler<typeof inventory.calls.getStock> = async (read, { productId }) => {
  const stock = await findStock(read, productId);
  if (!stock) throw inventory.errors.unknownProduct({ productId });
  return stock;
};
