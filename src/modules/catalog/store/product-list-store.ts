import type { Reader } from '#kernel/ports/store';

import type { Product } from '../contract.ts';
import { type ProductRow, productColumns, toProduct } from './product-row.ts';

/** Comes after every UUID of version 7: where a list that begins with the newest begins. */
const afterAll = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The newest products before the one with id `before`, or of all. */
export async function findProducts(
  { sql }: Reader,
  limit: number,
  before: string = afterAll,
): Promise<readonly Product[]> {
  const rows = await sql<ProductRow>`
    select ${productColumns} from products where id < ${before} order by id desc limit ${limit}`;
  return rows.map(toProduct);
}

/** As `findProducts`, and each has, for each of `words`, a word that begins with it. */
export async function searchProducts(
  { sql }: Reader,
  words: readonly string[],
  limit: number,
  before: string = afterAll,
): Promise<readonly Product[]> {
  const rows =
    sql.dialect === 'sqlite'
      ? await sql<ProductRow>`
          select ${productColumns} from products
          where id < ${before} and row_no in (
            select rowid from product_words where product_words match ${sqlitePattern(words)})
          order by id desc limit ${limit}`
      : await sql<ProductRow>`
          select ${productColumns} from products
          where id < ${before} and word_vector @@ cast(${postgresPattern(words)} as tsquery)
          order by id desc limit ${limit}`;
  return rows.map(toProduct);
}

/** Words are letters and digits only, so that nothing in them can end the quotes around them. */
function sqlitePattern(words: readonly string[]): string {
  return words.map((word) => `"${word}" *`).join(' AND ');
}

function postgresPattern(words: readonly string[]): string {
  return words.map((word) => `'${word}':*`).join(' & ');
}
