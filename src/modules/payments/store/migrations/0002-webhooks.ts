import { migration } from '#kernel/stores/migration';

/** A version before this one leaves `told` empty, and has no provider that tells. */
export const payments0002 = migration('0002-webhooks', [
  'alter table payments add column told text',
  `create table webhooks (
    id text not null primary key,
    received_at bigint not null
  )`,
  'create index webhooks_by_age on webhooks (received_at)',
  'create index payments_by_user on payments (user_id, id)',
  'create index payments_by_charge on payments (charge_id)',
]);
