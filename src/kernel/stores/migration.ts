import type { Dialect } from '../ports/store.ts';

/**
 * One forward step of a module's schema. It must be safe while the previous version runs: add
 * tables, columns and indexes; never rename or drop what an older host still reads.
 */
export type ModuleMigration = {
  /** `0001-stock`: sorts in the order of application, and never changes once released. */
  readonly name: string;
  /** One SQL statement an entry. */
  readonly statements: (dialect: Dialect) => readonly string[];
};

/** Declares a migration by its statements, the same for both databases or told apart by dialect. */
export function migration(
  name: string,
  statements: readonly string[] | ((dialect: Dialect) => readonly string[]),
): ModuleMigration {
  return { name, statements: typeof statements === 'function' ? statements : () => statements };
}
