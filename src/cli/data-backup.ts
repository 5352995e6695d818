import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { type Cut, cutStores } from '#kernel/stores/backup/cut';
import { saveStore } from '#kernel/stores/backup/save-store';

import { composeManifest, type Manifest, manifestFile, sha256Of } from './backup-manifest.ts';
import { CliError } from './cli-error.ts';
import { copyChanged, copyStart, type FileCopies, isInside, syncPath } from './data-files.ts';
import { type DataPlaces, inWords, readDataPlaces } from './data-places.ts';
import { counted, json, table } from './print.ts';

/**
 * Copies DATA_DIR into `to`: every SQLite file as it stood at one and the same moment, and the files
 * that they speak of. The folder appears when it is complete. Throws a `CliError`; then it does not.
 */
export async function backUpData(to: string, asJson: boolean): Promise<string> {
  const places = readDataPlaces();
  const [from, target] = [resolve(places.dataDir), resolve(to)];
  refuseFolders(from, target);
  const unfinished = `${target}.unfinished-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    const manifest = await backUp(places, from, unfinished);
    await rename(unfinished, target);
    await syncPath(dirname(target));
    return asJson ? json(manifest) : shown(manifest, to);
  } catch (error) {
    // What could not even be made can not be removed either: the first error is the one to tell.
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw notBackedUp(to, error);
  }
}

function refuseFolders(from: string, target: string): void {
  if (!existsSync(from)) throw new CliError(`DATA_DIR=${from} is not there.`);
  if (isInside(target, from)) {
    throw new CliError(`${target} lies in DATA_DIR, where it would be part of the next backup.`, 2);
  }
  if (!existsSync(target)) return;
  if (statSync(target).isDirectory() && readdirSync(target).length === 0) return;
  throw new CliError(`${target} is there already. Name a folder that is not, for each backup one.`);
}

async function backUp(places: DataPlaces, from: string, to: string): Promise<Manifest> {
  const { stores, elsewhere } = storesIn(places, from);
  const copies: FileCopies = new Map();
  // The bulk of the files first, and then what has come meanwhile, so that little is left for later.
  await copyChanged(from, to, copies);
  const logs = await copyChanged(from, to, copies);
  let logBytes: readonly number[] = [];
  let takenAt = '';
  const cut = await cutStores(
    stores.map(({ path }) => path),
    () => {
      takenAt = new Date().toISOString();
      logBytes = logs.map((log) => statSync(join(from, log)).size);
    },
  );
  try {
    for (const [at, log] of logs.entries()) {
      await copyStart(join(from, log), join(to, log), logBytes[at] as number);
    }
    // A file comes before the row that names it: now every row of the cut has its file.
    await copyChanged(from, to, copies);
    const modules = await saveStores(stores, cut, to);
    const files = await described(to, [...copies.keys(), ...logs]);
    const manifest = { takenAt, heldMs: cut.heldMs, modules, files, elsewhere };
    return await sealed(to, manifest);
  } finally {
    cut.close();
  }
}

type Stored = { readonly module: string; readonly path: string };

/** Every SQLite file, of modules that this code does not know too; but none that has been left. */
function storesIn({ modules, databaseOf }: DataPlaces, from: string) {
  const names = modules.map(({ contract }) => contract.name);
  const elsewhere = names.filter((name) => databaseOf(name) !== undefined);
  const stores: Stored[] = readdirSync(from)
    .filter((file) => file.endsWith('.sqlite'))
    .map((file) => ({ module: basename(file, '.sqlite'), path: join(from, file) }))
    .filter(({ module }) => !elsewhere.includes(module));
  return { stores, elsewhere };
}

async function saveStores(
  stores: readonly Stored[],
  { readers }: Cut,
  to: string,
): Promise<Manifest['modules']> {
  const modules: Manifest['modules'] = [];
  for (const { module, path } of stores) {
    const file = basename(path);
    const reader = readers.get(path);
    if (!reader) throw new TypeError(`${path} is not in the cut.`);
    const { rows, migrations } = await saveStore(reader, join(to, file)).catch((error) => {
      throw new CliError(`${module} could not be copied: ${(error as Error).message}`);
    });
    await syncPath(join(to, file));
    const [facts] = await described(to, [file]);
    if (!facts) continue;
    modules.push({ module, ...facts, schemaVersion: migrations.at(-1) ?? null, rows: { ...rows } });
  }
  return modules;
}

/** Read back from the copy, so that what is promised is what is there. */
async function described(folder: string, files: readonly string[]): Promise<Manifest['files']> {
  const facts: Manifest['files'] = [];
  for (const file of [...files].sort()) {
    const path = join(folder, file);
    facts.push({ file, bytes: (await stat(path)).size, sha256: await sha256Of(path) });
  }
  return facts;
}

async function sealed(to: string, what: Omit<Manifest, 'format'>): Promise<Manifest> {
  const text = composeManifest(what);
  const path = join(to, manifestFile);
  await writeFile(path, text, { mode: 0o600 });
  await syncPath(path);
  await syncPath(to);
  return JSON.parse(text) as Manifest;
}

const byTheSystem = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOTDIR']);

function notBackedUp(to: string, error: unknown): CliError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const { message: words, exitCode } = byTheSystem.has(code)
    ? new CliError(message)
    : inWords(error);
  return new CliError(`No backup was made in ${to}: ${words}`, exitCode);
}

function shown({ takenAt, heldMs, modules, files, elsewhere }: Manifest, to: string): string {
  const rows = modules.map(({ module, file, bytes, rows: counts, schemaVersion }) => {
    const count = Object.values(counts).reduce((sum, n) => sum + n, 0);
    return [module, file, count, bytes, schemaVersion ?? 'none'];
  });
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  return [
    table(['MODULE', 'FILE', 'ROWS', 'BYTES', 'SCHEMA'], rows),
    '',
    `${to} holds DATA_DIR as of ${takenAt}: ${counted(modules.length, 'store')} and ${counted(files.length, 'file')} (${bytes} bytes).`,
    `Commits were held for ${heldMs.toFixed(1)} ms. It has secrets in it: keep it as you keep DATA_DIR.`,
    ...(elsewhere.length === 0
      ? []
      : [
          `Not in it, because PostgreSQL has them: ${elsewhere.join(', ')}. Save those by pg_dump.`,
        ]),
  ].join('\n');
}
