import { StartError } from '../start-error.ts';
import type { ModuleMigration } from './migration.ts';

/** Where a store remembers the names of the migrations that it has had. */
export const migrationTable = 'applied_migrations';

/**
 * What a store still needs, in order.
 * A store may be ahead of this code: it has had all that we know, and something newer, which by the
 * rule for migrations works with the previous version (a rolling restart, a step back). It may not
 * have gone another way: something that we don't know, and lacking something that we do.
 * Throws an `Error` then, and for two migrations of one name.
 */
export function pendingMigrations(
  store: string,
  known: readonly ModuleMigration[],
  applied: ReadonlySet<string>,
): readonly ModuleMigration[] {
  const names = new Set(known.map(({ name }) => name));
  if (names.size < known.length) throw new Error(`${store} has two migrations of the same name.`);
  const pending = known.filter(({ name }) => !applied.has(name));
  const foreign = unknownMigrations(known, applied);
  if (pending.length > 0 && foreign.length > 0) {
    throw new StartError(
      `${store} was migrated by another version of this code: it has had ${foreign.join(', ')}, which this version does not know, but not ${pending.map(({ name }) => name).join(', ')}. Start a version that knows them all.`,
    );
  }
  return pending;
}

/**
 * What a store has had and this code does not know: it comes from a newer version, so that its tables
 * may hold more than this code would look for.
 */
export function unknownMigrations(
  known: readonly ModuleMigration[],
  applied: ReadonlySet<string>,
): readonly string[] {
  return [...applied].filter((name) => !known.some((one) => one.name === name));
}

export function refuseDeferrable({ name }: ModuleMigration, statements: readonly string[]): void {
  if (statements.some((statement) => /\bdeferrable\b/i.test(statement))) {
    throw new StartError(
      `Migration ${name} makes a deferrable constraint. It would fail at COMMIT, which many commands share.`,
    );
  }
}
