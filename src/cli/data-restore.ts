import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { makeDataDir, unfinishedRestore } from '#kernel/config/data-dir';
import { lockSqliteFile } from '#kernel/stores/sqlite-file';

import { type Manifest, readManifest, sha256Of } from './backup-manifest.ts';
import { CliError } from './cli-error.ts';
import { copyDurably, syncPath } from './data-files.ts';
import { inWords, readDataPlaces } from './data-places.ts';
import { counted } from './print.ts';

/**
 * Puts the backup in `from` into DATA_DIR, which must be empty. Nothing is written before every file
 * of the backup has been read and found to be what its manifest says. Throws a `CliError`.
 */
export async function restoreData(from: string): Promise<string> {
  const { dataDir } = readDataPlaces();
  const manifest = readManifest(from);
  await verify(from, manifest);
  const locks: { close(): void }[] = [];
  try {
    makeDataDir(dataDir);
    // No host can start on the folder from here on until the last file has its name.
    for (const { file } of manifest.modules) locks.push(lock(dataDir, file));
    refuseUnlessEmpty(dataDir);
    await putBack(resolve(from), resolve(dataDir), manifest);
  } catch (error) {
    throw toTell(dataDir, error);
  } finally {
    for (const one of locks) one.close();
  }
  const { modules, files, takenAt } = manifest;
  return `${dataDir} is as it was at ${takenAt}: ${counted(modules.length, 'store')} and ${counted(files.length, 'file')}. Start the shop on it.`;
}

async function verify(from: string, { modules, files }: Manifest): Promise<void> {
  for (const { file, bytes, sha256 } of [...modules, ...files]) {
    const path = join(from, file);
    const facts = await stat(path).catch(() => undefined);
    if (!facts?.isFile()) throw new CliError(`${from} lacks ${file}. Nothing was restored.`);
    if (facts.size !== bytes || (await sha256Of(path)) !== sha256) {
      throw new CliError(
        `${path} is not what was backed up: its sha256 differs. Nothing was restored.`,
      );
    }
  }
}

function lock(dataDir: string, file: string): { close(): void } {
  try {
    return lockSqliteFile(join(dataDir, file));
  } catch {
    throw new CliError(`A shop runs on DATA_DIR=${dataDir}. Restore into an empty folder.`);
  }
}

/** What this command itself leaves when it is killed is nobody's data. */
function refuseUnlessEmpty(dataDir: string): void {
  const ours = (name: string) =>
    name === unfinishedRestore || /\.sqlite-lock(?:-journal)?$/.test(name);
  const others = readdirSync(dataDir).filter((name) => !ours(name) && name !== 'lost+found');
  if (others.length === 0) return;
  const unfinished = existsSync(join(dataDir, unfinishedRestore));
  throw new CliError(
    unfinished
      ? `DATA_DIR=${dataDir} holds part of a restore that was broken off. Empty it, and restore again.`
      : `DATA_DIR=${dataDir} is not empty (${others.slice(0, 3).join(', ')}), and nothing is written over. Name an empty folder.`,
  );
}

/** All bytes go beside their places first; to give them their names takes no room and little time. */
async function putBack(from: string, dataDir: string, { modules, files }: Manifest): Promise<void> {
  const aside = join(dataDir, unfinishedRestore);
  await rm(aside, { recursive: true, force: true });
  const all = [...files, ...modules].map(({ file }) => file);
  try {
    for (const file of all) await copyDurably(join(from, file), join(aside, file));
  } catch (error) {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  for (const file of all) {
    await mkdir(dirname(join(dataDir, file)), { recursive: true, mode: 0o700 });
    await rename(join(aside, file), join(dataDir, file));
  }
  for (const folder of new Set(all.map(dirname))) await syncPath(join(dataDir, folder));
  await rm(aside, { recursive: true, force: true });
}

const byTheSystem = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO']);

function toTell(dataDir: string, error: unknown): CliError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!byTheSystem.has(code)) return inWords(error);
  return new CliError(
    `DATA_DIR=${dataDir} could not be filled: ${message}. Restore again once this is mended.`,
  );
}
