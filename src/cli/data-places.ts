import { hostSettings, moduleDatabaseSetting } from '#kernel/config/host-settings';
import { ConfigError, readSettings } from '#kernel/config/read-settings';
import type { ModuleDefinition } from '#kernel/module';

import { modules } from '../app.ts';
import { CliError } from './cli-error.ts';

/** Where the modules of this code keep what is theirs, by the environment that a host would read. */
export type DataPlaces = {
  readonly dataDir: string;
  readonly modules: readonly ModuleDefinition[];
  /** The PostgreSQL database of a module; without one its store is a SQLite file in `dataDir`. */
  databaseOf(module: string): URL | undefined;
};

/** Throws a `CliError` with everything that is wrong in the environment. */
export function readDataPlaces(): DataPlaces {
  const { DATA_DIR, DATABASE_URL } = hostSettings;
  const databases = Object.fromEntries(
    modules.map(({ contract }) => moduleDatabaseSetting(contract.name)),
  );
  const read = settingsOf({ DATA_DIR, DATABASE_URL, ...databases });
  return {
    dataDir: read.DATA_DIR as string,
    modules,
    databaseOf: (module) =>
      (read[moduleDatabaseSetting(module)[0]] ?? read.DATABASE_URL) as URL | undefined,
  };
}

function settingsOf(owned: Parameters<typeof readSettings>[1][string]) {
  try {
    return readSettings(process.env, { data: owned }).data as Record<string, unknown>;
  } catch (error) {
    throw error instanceof ConfigError ? new CliError(error.message, 2) : error;
  }
}

/** What was found in the way is told in its own words; a bug shows its stack. */
export function inWords(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if ((error as Error).name === 'StartError') return new CliError((error as Error).message);
  throw error;
}
