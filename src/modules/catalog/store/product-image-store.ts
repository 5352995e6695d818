import type { Tx } from '#kernel/ports/tx';

import type { Product } from '../contract.ts';

/** Remembers which pictures a product shows, instead of those before. */
export async function saveImages({ sql }: Tx, { id, imageIds }: Product): Promise<void> {
  await sql`delete from product_images where product_id = ${id}`;
  for (const imageId of imageIds) {
    await sql`insert into product_images (image_id, product_id) values (${imageId}, ${id})`;
  }
}

export async function productsShowing({ sql }: Tx, imageId: string): Promise<readonly string[]> {
  const rows = await sql<{ product_id: string }>`
    select product_id from product_images where image_id = ${imageId} order by product_id`;
  return rows.map(({ product_id }) => product_id);
}
