import assert from 'node:assert/strict';
import test from 'node:test';

import { tablesIn } from './sql-tables.ts';

const cases: readonly (readonly [sql: string, ...named: string[]])[] = [
  ['select * from orders where id = ?', 'orders'],
  ['SELECT o.id FROM "orders" AS o LEFT JOIN lines l ON l.order_id = o.id', 'orders', 'lines'],
  ['select * from orders o, lines l, json_each(l.tags) where o.id = l.id', 'orders', 'lines'],
  [
    'insert into orders (id, total) values (?, ?) on conflict (id) do update set total = 1',
    'orders',
  ],
  ['insert or ignore into orders select id from drafts', 'orders', 'drafts'],
  [
    'update orders set at = ? from lines where lines.id = orders.id returning id',
    'orders',
    'lines',
  ],
  [
    'delete from orders where id in (select id from lines for update skip locked)',
    'orders',
    'lines',
  ],
  ['select * from orders where a is distinct from b for no key update', 'orders'],
  ["select extract(epoch from made_at), trim(both ' ' from name) from orders", 'orders'],
  ["select 'from lines' as text /* from notes */ from orders -- join tags", 'orders'],
  ['with a as (select 1 from orders), b (x) as (select 2 from a) select * from a join b', 'orders'],
  ['with recursive t(n) as (select 1) select n from t'],
  ['select * from (select id from orders) as inside', 'orders'],
  ["select * from orders, plainto_tsquery('simple', ?) query where words @@ query", 'orders'],
  ['create unique index by_id on orders (id)', 'orders'],
  ['create table if not exists lines (order_id text references orders (id))', 'orders'],
  ['alter table orders add column note text; drop table if exists lines', 'orders', 'lines'],
  [
    'create trigger t after update on orders begin delete from words where id = 1; end',
    'orders',
    'words',
  ],
  ['select * from ?', '?'],
];

for (const [sql, ...named] of cases) {
  test(`the tables of: ${sql}`, () => {
    assert.deepEqual([...tablesIn(sql).named].sort(), [...named].sort());
  });
}

test('a table is made by create table, also a virtual one, and a view', () => {
  const sql = `create table if not exists orders (id text);
    create virtual table words using fts5(text); create view open_orders as select * from orders`;
  assert.deepEqual(tablesIn(sql), { made: ['orders', 'words', 'open_orders'], named: ['orders'] });
});
