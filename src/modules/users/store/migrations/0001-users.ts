import { migration } from '#kernel/stores/migration';

export const users0001 = migration('0001-users', [
  `create table users (
    id text primary key,
    email text not null unique,
    username text not null,
    password_hash text not null,
    roles text not null,
    created_at text not null,
    updated_at text not null
  )`,
  `create table sessions (
    id text primary key,
    user_id text not null references users (id),
    opened_at bigint not null,
    expires_at bigint not null,
    ended_at bigint,
    ended_by text
  )`,
  'create index sessions_by_user on sessions (user_id)',
  'create index sessions_by_expiry on sessions (expires_at)',
  `create table refresh_tokens (
    hash text primary key,
    session_id text not null references sessions (id) on delete cascade,
    expires_at bigint not null,
    used_at bigint
  )`,
  'create index refresh_tokens_by_session on refresh_tokens (session_id)',
  `create table signing_keys (
    generation integer primary key,
    key_id text not null unique,
    public_jwk text not null,
    private_jwk text not null,
    created_at bigint not null,
    signs_from bigint not null
  )`,
]);
