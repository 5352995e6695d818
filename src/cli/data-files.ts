import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A SQLite file of DATA_DIR, and what belongs to it while it is open. Those are never just copied. */
const sqliteFile = /^[^/]+\.sqlite(?:-[a-z-]+)?$/;

/** What tells of a running host, and what the shop makes again by itself. */
const leftOut = [/^[^/]+\.url$/, /^media\/(?:incoming|variants)\//, /^\.restoring\//];

/** A log only grows, so what it held at a moment are its first bytes. */
const isLog = (file: string) => file.endsWith('.jsonl');

/** A link that leads back into itself would never end. */
const mostFolders = 16;

/** Every file below `folder` that a backup copies as a file, by its path in it. */
async function plainFiles(folder: string): Promise<ReadonlyMap<string, Stats>> {
  const files = new Map<string, Stats>();
  const walk = async (below: string, depth: number): Promise<void> => {
    if (depth > mostFolders) return;
    for (const name of await readdir(join(folder, below)).catch(gone(() => []))) {
      const path = below === '' ? name : `${below}/${name}`;
      const facts = await stat(join(folder, path)).catch(gone(() => undefined));
      if (facts?.isDirectory() && !isLeftOut(`${path}/`)) await walk(path, depth + 1);
      if (facts?.isFile() && !isLeftOut(path)) files.set(path, facts);
    }
  };
  await walk('', 0);
  return files;
}

function isLeftOut(path: string): boolean {
  return sqliteFile.test(path) || leftOut.some((pattern) => pattern.test(path));
}

/** Files come and go while a shop runs. */
function gone<T>(instead: () => T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead();
    throw error;
  };
}

/** What was copied of each file, as it was then. */
export type FileCopies = Map<string, Pick<Stats, 'size' | 'mtimeMs'>>;

/** Copies what `copies` lacks or knows otherwise, logs excepted. Answers the logs that it met. */
export async function copyChanged(
  from: string,
  to: string,
  copies: FileCopies,
): Promise<readonly string[]> {
  const files = await plainFiles(from);
  for (const [file, { size, mtimeMs }] of files) {
    const known = copies.get(file);
    if (isLog(file) || (known?.size === size && known.mtimeMs === mtimeMs)) continue;
    const copied = await copyDurably(join(from, file), join(to, file)).then(
      () => true,
      gone(() => false),
    );
    if (copied) copies.set(file, { size, mtimeMs });
  }
  return [...files.keys()].filter(isLog);
}

/** Copies the first bytes of a log. */
export async function copyStart(from: string, to: string, bytes: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const facts = await stat(from);
  const start = bytes === 0 ? [] : createReadStream(from, { start: 0, end: bytes - 1 });
  await pipeline(start, createWriteStream(to, { mode: 0o600 }));
  await chmod(to, facts.mode & 0o777);
  await syncPath(to);
}

/** Copies a file with its mode; it is on the disk when this resolves. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to);
  await syncPath(to);
}

/** Brings a file, or the names in a folder, to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
