import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { StartError } from '../start-error.ts';

/** Stands in a data folder while a backup is put back into it, and after that was broken off. */
export const unfinishedRestore = '.restoring';

/** Throws a `StartError` for a folder that holds part of a backup: a shop would fill in the rest anew. */
export function refuseUnfinishedRestore(folder: string): void {
  if (!existsSync(join(folder, unfinishedRestore))) return;
  throw new StartError(
    `DATA_DIR=${folder} holds part of a restore that was broken off. Empty it, and restore again.`,
  );
}

/** Makes the data folder, for its owner alone. Throws a `StartError` when it can't be had. */
export function makeDataDir(folder: string): void {
  try {
    makeFolder(resolve(folder));
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = (error as Error).message;
    throw new StartError(
      `DATA_DIR=${folder} can not be used: ${why}. Name a folder that this user may write to.`,
    );
  }
}

/** As `mkdir -p`. Node's own `recursive` never ends on file systems that have no folders to make. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!statSync(folder).isDirectory()) throw error;
  }
}
