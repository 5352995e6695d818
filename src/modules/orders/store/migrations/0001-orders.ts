import { migration } from '#kernel/stores/migration';

/** Lines and status changes are read and written only with their order: they live in its row. */
export const orders0001 = migration('0001-orders', [
  `create table orders (
    id text not null primary key,
    user_id text not null,
    status text not null,
    reason text,
    closing text,
    items text not null,
    total bigint not null,
    currency text not null,
    payment_id text,
    decline_code text,
    changes text not null,
    created_at text not null,
    updated_at text not null,
    check (total >= 0)
  )`,
  'create index orders_by_user on orders (user_id, id)',
  `create index orders_pending on orders (user_id) where status = 'pending'`,
]);
