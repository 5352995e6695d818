import type { Heard } from '#kernel/handlers';
import type { Tx } from '#kernel/ports/tx';

import { insertStock } from '../store/stock-store.ts';

/** A new product begins with no units at all. */
export async function makeRoomForProduct(
  tx: Tx,
  { data }: Heard<{ productId: string }>,
): Promise<void> {
  await insertStock(tx, data.productId);
}
