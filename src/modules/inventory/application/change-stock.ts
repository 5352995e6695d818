import type { Tx } from '#kernel/ports/tx';

import { inventory, type Stock } from '../contract.ts';
import { ranLow, type StockChange } from '../domain/stock.ts';
import type { Units } from '../domain/units.ts';
import { lockStock, saveStock } from '../store/stock-store.ts';

/** Applies a change to the stock of every product in `units`: to all of them, or to none. */
export type ChangeStock = (tx: Tx, units: Units, change: StockChange) => Promise<readonly Stock[]>;

/**
 * The one way in which stock changes: locked, decided, saved and told, in two statements for any
 * number of products. Throws `unknownProduct`, and whatever the change refuses.
 */
export function changingStock(lowStockThreshold: number): ChangeStock {
  return async (tx, units, change) => {
    const stocks = await lockStock(tx, units.keys());
    const changes = Array.from(units, ([productId, quantity]) => {
      const before = stocks.get(productId);
      if (!before) throw inventory.errors.unknownProduct({ productId });
      return { before, after: change(before, quantity) };
    });
    const after = changes.map((one) => one.after);
    await saveStock(tx, after);
    for (const one of changes) tell(tx, one, lowStockThreshold);
    return after;
  };
}

function tell(tx: Tx, { before, after }: { before: Stock; after: Stock }, threshold: number): void {
  if (before.onHand === after.onHand && before.reserved === after.reserved) return;
  tx.publish(inventory.events.stockChanged(after));
  if (!ranLow(before, after, threshold)) return;
  const { productId, available } = after;
  tx.publish(inventory.events.stockRanLow({ productId, available, threshold }));
}
