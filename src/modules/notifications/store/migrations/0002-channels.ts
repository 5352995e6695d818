import { migration } from '#kernel/stores/migration';

export const notifications0002 = migration('0002-channels', [
  "alter table mails add column channel text not null default 'email'",
  'create table preferences (user_id text primary key, phone text, orders text not null)',
]);
