import { requireAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';
import type { Tx } from '#kernel/ports/tx';

import { catalog, type Product } from '../contract.ts';
import { changeProduct, isSamePrice } from '../domain/product.ts';
import { insertPrice } from '../store/price-store.ts';
import { lockProduct, saveProduct } from '../store/product-store.ts';
import { factOf } from './product-fact.ts';

export const updateProduct: Handler<typeof catalog.calls.updateProduct> = async (
  tx,
  { productId, expectedVersion, ...changes },
  { actor },
) => {
  requireAdmin(actor);
  const before = await lockProduct(tx, productId);
  if (!before) throw catalog.errors.unknownProduct({ productId });
  const { version } = before;
  if (version !== expectedVersion) throw catalog.errors.versionMismatch({ productId, version });
  const after = changeProduct(before, changes, tx.nowIso);
  if (after !== before) await keep(tx, before, after);
  return after;
};

async function keep(tx: Tx, before: Product, after: Product): Promise<void> {
  await saveProduct(tx, after);
  tx.publish(catalog.events.productUpdated(factOf(after)));
  if (isSamePrice(before.price, after.price)) return;
  await insertPrice(tx, after);
  const { id: productId, price, version } = after;
  tx.publish(catalog.events.priceChanged({ productId, price, previous: before.price, version }));
}
