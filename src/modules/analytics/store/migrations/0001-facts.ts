import { migration } from '#kernel/stores/migration';

/**
 * One row a fact, so that a report can cut them by any interval of any zone. Those that follow from
 * the shop's events carry the generation of the projection that made them. Times are milliseconds.
 */
export const analytics0001 = migration('0001-facts', [
  `create table order_facts (
    generation integer not null,
    order_id text not null,
    customer text not null,
    placed_at bigint not null,
    completed_at bigint,
    rejected_at bigint,
    closed_at bigint,
    primary key (generation, order_id)
  )`,
  'create index order_facts_placed on order_facts (generation, placed_at)',
  'create index order_facts_completed on order_facts (generation, completed_at)',
  'create index order_facts_customer on order_facts (generation, customer, completed_at)',
  `create table order_lines (
    generation integer not null,
    order_id text not null,
    product_id text not null,
    name text not null,
    units integer not null,
    amount bigint not null,
    currency text not null,
    primary key (generation, order_id, product_id)
  )`,
  `create table money_facts (
    generation integer not null,
    id text not null,
    kind text not null check (kind in ('charge', 'refund')),
    at bigint not null,
    amount bigint not null,
    currency text not null,
    primary key (generation, id)
  )`,
  'create index money_facts_at on money_facts (generation, at)',
  `create table customer_facts (
    generation integer not null,
    customer text not null,
    registered_at bigint not null,
    primary key (generation, customer)
  )`,
  'create index customer_facts_registered on customer_facts (generation, registered_at)',
  `create table visits (
    id text primary key,
    name text not null,
    session_id text not null,
    customer text,
    product_id text,
    path text,
    at bigint not null
  )`,
  'create index visits_at on visits (at)',
  'create index visits_customer on visits (customer) where customer is not null',
]);
