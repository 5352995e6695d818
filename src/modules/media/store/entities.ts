import { defineEntity, p } from '@mikro-orm/core';

/** Whoever keeps pictures. */
export const OwnerEntity = defineEntity({
  name: 'Owner',
  tableName: 'image_owners',
  properties: { ownerId: p.text().primary() },
});

/** A picture; its original is in the storage under the same id. */
export const ImageEntity = defineEntity({
  name: 'Image',
  tableName: 'images',
  properties: {
    id: p.text().primary(),
    ownerId: p.text().nullable(),
    format: p.text(),
    width: p.integer(),
    height: p.integer(),
    bytes: p.bigint('number'),
    sha256: p.text(),
    createdAt: p.text(),
  },
});
