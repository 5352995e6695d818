import { opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What is asked of a file; undefined where it is gone by now. */
export async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** Every file below a folder; none where there is no folder yet. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const entry of await opendir(folder, { recursive: true })) {
      if (entry.isFile()) found.push(join(entry.parentPath, entry.name));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return found;
}

/** The names of the folders in a folder; none where there is no folder yet. */
export async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}

/** Those that were last written before then (milliseconds since the epoch). */
export async function* filesOlderThan(folder: string, olderThan: number): AsyncGenerator<string> {
  for (const path of await filesIn(folder)) {
    const found = await unlessGone(stat(path));
    if (found && found.mtimeMs < olderThan) yield path;
  }
}
