import { migration } from '#kernel/stores/migration';

export const media0001 = migration('0001-images', [
  `create table images (
    id text primary key,
    owner_id text,
    format text not null,
    width integer not null,
    height integer not null,
    bytes bigint not null,
    sha256 text not null,
    created_at text not null
  )`,
  'create index images_by_owner on images (owner_id, id)',
]);
