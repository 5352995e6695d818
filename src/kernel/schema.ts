import { type Static, type TObject, type TSchema, Type } from 'typebox';

export { type Static, type TObject, type TSchema, Type };

/** A UUIDv7 (RFC 9562): unique without coordination, and sorted by the time it was made. */
export const Id = Type.String({ format: 'uuid' });

/** An amount in minor units (cents, yen) with its ISO 4217 currency. Never a fraction. */
export const Money = Type.Object({
  amount: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
});
export type Money = Static<typeof Money>;

/** ISO 8601 in UTC, to the millisecond. */
export const Timestamp = Type.String({ format: 'date-time' });

/** How a list is asked for: at most `limit` items after `cursor`, which only its maker can read. */
export const PageRequest = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
};

/** One page of a list. `nextCursor` is null on the last one. */
export function page<Item extends TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()]),
  });
}

/**
 * The head of a download. `etag` is quoted, as HTTP writes it, and stands for these very bytes.
 * `unchanged` answers who has them already (RFC 9110, section 13): then no bytes follow.
 */
export const FileHead = Type.Object({
  mediaType: Type.String(),
  etag: Type.String({ pattern: '^"[\\x21\\x23-\\x7e]*"$' }),
  /** Bytes in all, where that is known before they are sent. */
  size: Type.Optional(Type.Integer({ minimum: 0 })),
  lastModified: Type.Optional(Timestamp),
  cacheControl: Type.Optional(Type.String()),
  /** As the header `Content-Disposition` wants it. */
  disposition: Type.Optional(Type.String()),
  unchanged: Type.Optional(Type.Boolean()),
});

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(...words: Words) {
  return Type.Enum<[...Words]>(words);
}
