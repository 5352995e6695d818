import { migration } from '#kernel/stores/migration';

/** `sending`: the one refund of its payment that may be on its way. A version before leaves it empty. */
export const payments0003 = migration('0003-refunds-take-turns', [
  'alter table refunds add column sending boolean',
]);
