import { migration } from '#kernel/stores/migration';

/**
 * Pictures that products have asked for, and since when those are gone that are: in milliseconds. Who
 * shows a picture and who hears that it is gone meet at its row.
 */
export const goneImages = migration('0003-gone-images', [
  'create table asked_images (image_id text primary key, gone_at bigint)',
  'create index asked_images_gone on asked_images (gone_at)',
]);
