import type { catalog } from '#contracts/catalog';
import { requireAdmin } from '#kernel/authorise';
import type { Client } from '#kernel/contract';
import { type Handler, twoSteps } from '#kernel/handlers';

import { inventory } from '../contract.ts';
import { recount } from '../domain/stock.ts';
import { findStock, insertStock } from '../store/stock-store.ts';
import type { ChangeStock } from './change-stock.ts';

/**
 * A product that was created a moment ago may be unknown here still: then the catalog is asked, so
 * that whoever adds a product can stock it at once.
 */
export function updateStock(
  products: Pick<Client<typeof catalog>, 'getProducts'>,
  changeStock: ChangeStock,
): Handler<typeof inventory.calls.updateStock> {
  return twoSteps(
    async (ctx, { productId }, read) => {
      requireAdmin(ctx.actor);
      if (await findStock(read, productId)) return;
      const { items } = await products.getProducts(ctx, { productIds: [productId] });
      if (items.length === 0) throw inventory.errors.unknownProduct({ productId });
    },

    async (tx, { productId, onHand }) => {
      await insertStock(tx, productId);
      const stocks = await changeStock(tx, new Map([[productId, onHand]]), recount);
      return stocks[0]!;
    },
  );
}
