import { commandKeyMigrations } from '../calls/command-keys.ts';
import { inboxMigrations } from '../events/inbox-migrations.ts';
import { outboxMigrations } from '../events/outbox.ts';
import { projectionMigrations } from '../projections/projection-migrations.ts';
import { sagaMigrations } from '../sagas/saga-migrations.ts';
import { scheduleMigrations } from '../schedules/schedule-rows.ts';
import type { ModuleMigration } from '../stores/migration.ts';

/** The kernel's own tables, which stand in every module's store beside the module's. */
export const kernelMigrations: readonly ModuleMigration[] = [
  ...commandKeyMigrations,
  ...outboxMigrations,
  ...inboxMigrations,
  ...sagaMigrations,
  ...projectionMigrations,
  ...scheduleMigrations,
];
