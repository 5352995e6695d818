import { migration } from '#kernel/stores/migration';

export const users0003 = migration('0003-token-expiry', [
  'create index refresh_tokens_by_expiry on refresh_tokens (expires_at)',
]);
