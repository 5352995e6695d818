import { requireAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import { catalog } from '../contract.ts';
import { newProduct } from '../domain/product.ts';
import { insertPrice } from '../store/price-store.ts';
import { insertProduct } from '../store/product-store.ts';
import { factOf } from './product-fact.ts';

export const createProduct: Handler<typeof catalog.calls.createProduct> = async (
  tx,
  input,
  { actor },
) => {
  requireAdmin(actor);
  const product = newProduct(tx.newId(), input, tx.nowIso);
  await insertProduct(tx, product);
  await insertPrice(tx, product);
  tx.publish(catalog.events.productCreated(factOf(product)));
  return product;
};
