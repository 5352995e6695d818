import { migration } from '#kernel/stores/migration';

const columns = `
  sku text not null unique,
  name text not null,
  description text not null,
  price_amount bigint not null check (price_amount >= 0),
  price_currency text not null,
  metadata text not null,
  image_ids text not null,
  words text not null,
  created_at text not null,
  updated_at text not null,
  version bigint not null default 1`;

const prices = `create table prices (
  product_id text not null references products (id),
  version bigint not null,
  amount bigint not null check (amount >= 0),
  currency text not null,
  since text not null,
  primary key (product_id, version)
)`;

/**
 * `words` are already what is to be found, with one space between them: both indexes take them as
 * they stand instead of cutting text in their own ways.
 */
export const products = migration('0001-products', (dialect) =>
  dialect === 'sqlite' ? forSqlite : forPostgres,
);

/** FTS5 knows rows by number, and only a column of their own keeps numbers through a VACUUM. */
const forSqlite = [
  `create table products (row_no integer primary key, id text not null unique, ${columns})`,
  prices,
  `create virtual table product_words using fts5 (
    words, content = 'products', content_rowid = 'row_no', tokenize = 'ascii'
  )`,
  `create trigger product_words_insert after insert on products begin
    insert into product_words (rowid, words) values (new.row_no, new.words);
  end`,
  `create trigger product_words_update after update of words on products begin
    insert into product_words (product_words, rowid, words)
      values ('delete', old.row_no, old.words);
    insert into product_words (rowid, words) values (new.row_no, new.words);
  end`,
];

const forPostgres = [
  `create table products (
    id text primary key,
    ${columns},
    word_vector tsvector generated always as
      (array_to_tsvector(string_to_array(words, ' '))) stored
  )`,
  prices,
  'create index products_word_vector on products using gin (word_vector)',
];
