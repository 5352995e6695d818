import { migration } from '#kernel/stores/migration';

/** The version before knows none of this, and its rows lack nothing by it. */
export const users0002 = migration('0002-letters-and-deletion', [
  'alter table users add column email_verified_at text',
  'alter table users add column pending_email text',
  `create table account_letters (
    id text primary key,
    kind text not null,
    user_id text not null references users (id) on delete cascade,
    code_hash text not null unique,
    requested_at bigint not null,
    expires_at bigint not null,
    ended_at bigint,
    ended_by text
  )`,
  `create unique index account_letters_open on account_letters (user_id, kind)
    where ended_at is null`,
  'create index account_letters_by_user on account_letters (user_id, requested_at)',
  'create index account_letters_by_expiry on account_letters (expires_at)',
  'create table letter_keys (id integer primary key, secret text not null)',
  'create table reset_requests (id text primary key, email text not null)',
  'create table deleted_users (id text primary key, deleted_at text not null)',
]);
