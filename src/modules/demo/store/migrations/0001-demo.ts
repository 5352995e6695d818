import { migration } from '#kernel/stores/migration';

export const demo0001 = migration('0001-demo', [
  'create table looks (id integer primary key check (id = 1), was_empty boolean)',
  'create table goods (sku text primary key, product_id text)',
]);
