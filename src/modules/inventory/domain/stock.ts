import { inventory, type Stock } from '../contract.ts';

/** How `quantity` units of a product change hands; throws the contract's failure where they can't. */
export type StockChange = (stock: Stock, quantity: number) => Stock;

export function stockOf(productId: string, onHand: number, reserved: number): Stock {
  return { productId, onHand, reserved, available: onHand - reserved };
}

/** Sets units aside. Throws `outOfStock`. */
export function reserve({ productId, onHand, reserved, available }: Stock, wanted: number): Stock {
  if (wanted > available) throw inventory.errors.outOfStock({ productId, wanted, available });
  return stockOf(productId, onHand, reserved + wanted);
}

/** Reserved units are for anybody again. */
export function giveBack({ productId, onHand, reserved }: Stock, quantity: number): Stock {
  return stockOf(productId, onHand, reserved - quantity);
}

/** Reserved units leave the house. */
export function sell({ productId, onHand, reserved }: Stock, quantity: number): Stock {
  return stockOf(productId, onHand - quantity, reserved - quantity);
}

/** Sold units come back. */
export function restock({ productId, onHand, reserved }: Stock, quantity: number): Stock {
  return stockOf(productId, onHand + quantity, reserved);
}

/** Somebody counted. Throws `stockReserved` when orders hold more than was found. */
export function recount({ productId, reserved }: Stock, counted: number): Stock {
  if (counted < reserved) throw inventory.errors.stockReserved({ productId, reserved });
  return stockOf(productId, counted, reserved);
}

/** True at the moment of falling, so that a shelf that stays low is reported once. */
export function ranLow(before: Stock, after: Stock, threshold: number): boolean {
  return before.available > threshold && after.available <= threshold;
}
