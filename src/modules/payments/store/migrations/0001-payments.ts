import { migration } from '#kernel/stores/migration';

/**
 * A row without a customer and an amount is a tombstone: the payment of that order was cancelled
 * before it began. The check carries "refunds never exceed the charge" under any race.
 */
export const payments0001 = migration('0001-payments', [
  `create table payments (
    id text not null primary key,
    order_id text not null unique,
    user_id text,
    amount bigint,
    currency text,
    refunded bigint not null,
    refunding bigint not null,
    status text not null,
    decline_code text,
    charge_id text,
    cancel_requested boolean not null,
    created_at text not null,
    check (refunded >= 0 and refunding >= 0 and refunded + refunding <= coalesce(amount, 0))
  )`,
  `create table refunds (
    id text not null primary key,
    payment_id text not null,
    amount bigint not null,
    currency text not null,
    status text not null,
    created_at text not null,
    check (amount > 0)
  )`,
  'create index refunds_by_payment on refunds (payment_id)',
]);
