import { migration } from '#kernel/stores/migration';

/** How much was sent to somebody within an hour, by a digest of who it is. */
export const notifications0003 = migration('0003-sending-counts', [
  `create table sending_counts (
    key text primary key,
    since bigint not null,
    sent integer not null
  )`,
  'create index sending_counts_since on sending_counts (since)',
]);
