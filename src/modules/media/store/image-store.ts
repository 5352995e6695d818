import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { Image } from '../contract.ts';

/** A picture, with the digest of its original. */
export type KeptImage = Image & { readonly sha256: string };

type Row = {
  id: string;
  owner_id: string | null;
  format: Image['format'];
  width: number;
  height: number;
  bytes: number;
  sha256: string;
  created_at: string;
};

export async function insertImage({ sql }: Tx, image: KeptImage): Promise<void> {
  const { id, ownerId, format, width, height, bytes, sha256, createdAt } = image;
  await sql`
    insert into images (id, owner_id, format, width, height, bytes, sha256, created_at)
    values (${id}, ${ownerId}, ${format}, ${width}, ${height}, ${bytes}, ${sha256}, ${createdAt})`;
}

export async function findImage({ sql }: Reader, id: string): Promise<KeptImage | undefined> {
  const [row] = await sql<Row>`select * from images where id = ${id}`;
  return row && toKept(row);
}

/** Holds the picture until the transaction ends. */
export async function lockImage({ sql }: Tx, id: string): Promise<KeptImage | undefined> {
  const [row] = await sql<Row>`select * from images where id = ${id} ${sql.forUpdate}`;
  return row && toKept(row);
}

/** Those of some pictures that exist. */
export async function findImages(
  { sql }: Reader,
  ids: readonly string[],
): Promise<readonly KeptImage[]> {
  if (ids.length === 0) return [];
  // `json_each` makes rows of an object on both databases, of an array only on one.
  const keys = JSON.stringify(Object.fromEntries(ids.map((id) => [id, null])));
  const rows = await sql<Row>`
    select * from images where id in (select key from json_each(${keys}) limit ${ids.length})`;
  return rows.map(toKept);
}

/** The newest first, before the picture `before`. */
export async function listImagesOf(
  { sql }: Reader,
  ownerId: string,
  before: string,
  limit: number,
): Promise<readonly KeptImage[]> {
  const rows = await sql<Row>`
    select * from images where owner_id = ${ownerId} and id < ${before}
    order by id desc limit ${limit}`;
  return rows.map(toKept);
}

/** Holds an owner until the transaction ends, so that what they keep can be counted. */
export async function lockOwner({ sql }: Tx, ownerId: string): Promise<void> {
  await sql`
    insert into image_owners (owner_id) values (${ownerId})
    on conflict (owner_id) do update set owner_id = excluded.owner_id`;
}

export async function removeOwner({ sql }: Tx, ownerId: string): Promise<void> {
  await sql`delete from image_owners where owner_id = ${ownerId}`;
}

export async function usageOf(
  { sql }: Reader,
  ownerId: string,
): Promise<{ readonly images: number; readonly bytes: number }> {
  const [row] = await sql<{ images: number; bytes: number | null }>`
    select count(*) as images, sum(bytes) as bytes from images where owner_id = ${ownerId}`;
  return { images: Number(row?.images ?? 0), bytes: Number(row?.bytes ?? 0) };
}

export async function deleteImage({ sql }: Tx, id: string): Promise<void> {
  await sql`delete from images where id = ${id}`;
}

export async function idsOfOwner({ sql }: Tx, ownerId: string): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>`select id from images where owner_id = ${ownerId}`;
  return rows.map(({ id }) => id);
}

export function toImage({ sha256: _, ...image }: KeptImage): Image {
  return image;
}

function toKept(row: Row): KeptImage {
  return {
    id: row.id,
    ownerId: row.owner_id,
    format: row.format,
    width: row.width,
    height: row.height,
    bytes: Number(row.bytes),
    sha256: row.sha256,
    createdAt: row.created_at,
  };
}
