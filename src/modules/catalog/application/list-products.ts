import type { Handler } from '#kernel/handlers';

import type { catalog } from '../contract.ts';
import { cursorAfter, keyOfCursor, pageOf, productCursor } from '../domain/cursor.ts';
import { searchedWords } from '../domain/search-words.ts';
import { findProducts, searchProducts } from '../store/product-list-store.ts';

const usualLimit = 20;

export const listProducts: Handler<typeof catalog.calls.listProducts> = async (
  read,
  { search = '', limit = usualLimit, cursor },
) => {
  const before = cursor === undefined ? undefined : keyOfCursor(productCursor, cursor);
  const words = searchedWords(search);
  const products =
    words.length === 0
      ? await findProducts(read, limit + 1, before)
      : await searchProducts(read, words, limit + 1, before);
  return pageOf(products, limit, ({ id }) => cursorAfter(productCursor, id));
};
