import type { Tx } from '#kernel/ports/tx';

import { catalog, type Product } from '../contract.ts';

/**
 * Remembers which pictures a product shows, instead of those `before`. Throws `unknownImage` for a new
 * one that has gone since somebody looked; who hears that one of the others has waits for the product.
 */
export async function saveImages(
  tx: Tx,
  { id, imageIds }: Product,
  before: readonly string[],
): Promise<void> {
  const { sql } = tx;
  for (const imageId of imageIds.filter((one) => !before.includes(one)).sort()) {
    if (await holdImage(tx, imageId, null)) throw catalog.errors.unknownImage({ imageId });
  }
  await sql`delete from product_images where product_id = ${id}`;
  for (const imageId of imageIds) {
    await sql`insert into product_images (image_id, product_id) values (${imageId}, ${id})`;
  }
}

/** From now on no product comes to show the picture; whoever is about to is waited for. */
export async function markGone(tx: Tx, imageId: string): Promise<void> {
  await holdImage(tx, imageId, tx.now);
}

/** Holds the picture's row until the transaction ends; whether the picture is gone. */
async function holdImage({ sql }: Tx, imageId: string, goneAt: number | null): Promise<boolean> {
  const [row] = await sql<{ gone_at: number | null }>`
    insert into asked_images (image_id, gone_at) values (${imageId}, ${goneAt})
    on conflict (image_id) do update set gone_at = coalesce(excluded.gone_at, asked_images.gone_at)
    returning gone_at`;
  return row?.gone_at !== null;
}

/** Forgets those that have gone before then, at most `limit`; answers how many. */
export async function removeGoneImages(
  { sql }: Tx,
  before: number,
  limit: number,
): Promise<number> {
  const removed = await sql`
    delete from asked_images where image_id in (
      select image_id from asked_images where gone_at < ${before} limit ${limit})
    returning image_id`;
  return removed.length;
}

export async function productsShowing({ sql }: Tx, imageId: string): Promise<readonly string[]> {
  const rows = await sql<{ product_id: string }>`
    select product_id from product_images where image_id = ${imageId} order by product_id`;
  return rows.map(({ product_id }) => product_id);
}
