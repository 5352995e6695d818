import { migration } from '#kernel/stores/migration';

/** A row for each owner to be held by: of two pictures that come at once, one is counted first. */
export const media0002 = migration('0002-owners', [
  'create table image_owners (owner_id text primary key)',
]);
