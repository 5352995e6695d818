import { migration } from '#kernel/stores/migration';

export const notifications0001 = migration('0001-mails', [
  `create table mails (
    id text primary key,
    user_id text,
    recipient text not null,
    template text not null,
    subject text not null,
    body_text text not null,
    body_html text not null,
    message_id text not null unique,
    reference text not null,
    status text not null,
    problem text,
    created_at text not null,
    unique (reference, recipient)
  )`,
  'create index mails_by_user on mails (user_id, id)',
  'create index mails_by_recipient on mails (recipient, id)',
]);
