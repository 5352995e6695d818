import { migration } from '#kernel/stores/migration';

export const stockAndReservations = migration('0001-stock-and-reservations', [
  `create table stock (
    product_id text primary key,
    on_hand bigint not null,
    reserved bigint not null,
    check (reserved >= 0),
    check (on_hand >= reserved)
  )`,
  `create table reservations (
    order_id text primary key,
    state text not null check (state in ('held', 'sold', 'expired', 'closed')),
    units text not null,
    expires_at bigint not null,
    changed_at bigint not null
  )`,
  // What the expiry looks for each second, and what is forgotten after a while.
  `create index reservations_held on reservations (expires_at) where state = 'held'`,
  `create index reservations_ended on reservations (changed_at)
    where state in ('expired', 'closed')`,
]);
