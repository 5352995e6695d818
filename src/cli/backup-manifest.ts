import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

import { type Static, Type } from '#kernel/schema';
import { compileValidator } from '#kernel/validator';

import { CliError } from './cli-error.ts';

/** Written last: a folder without it is no backup. */
export const manifestFile = 'manifest.json';

const format = 1;

const StoredFile = {
  /** Relative to the folder, the same in DATA_DIR and in the backup. */
  file: Type.String({ minLength: 1 }),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
};

const Manifest = Type.Object({
  format: Type.Integer(),
  /** The moment that all stores show, ISO 8601 UTC. */
  takenAt: Type.String(),
  /** So long commits were held for it. */
  heldMs: Type.Number(),
  modules: Type.Array(
    Type.Object({
      module: Type.String(),
      ...StoredFile,
      /** The last migration that it has had. */
      schemaVersion: Type.Union([Type.String(), Type.Null()]),
      rows: Type.Record(Type.String(), Type.Integer()),
    }),
  ),
  /** Pictures, keys, books: whatever else the folder held. */
  files: Type.Array(Type.Object(StoredFile)),
  /** Modules whose rows are in PostgreSQL, and so not here. */
  elsewhere: Type.Array(Type.String()),
});

export type Manifest = Static<typeof Manifest>;

const validator = compileValidator(Manifest, { unknownFields: 'ignore' });

export function composeManifest(what: Omit<Manifest, 'format'>): string {
  return `${JSON.stringify({ format, ...what }, null, 2)}\n`;
}

/** Throws a `CliError` where there is none, or none that can be trusted. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestFile);
  const manifest = parsed(path, folder);
  if (!validator.check(manifest)) throw new CliError(`${path} is not the manifest of a backup.`);
  const read = manifest as Manifest;
  if (read.format !== format) {
    throw new CliError(`${path} is of format ${read.format}, and this version reads ${format}.`);
  }
  const astray = [...read.modules, ...read.files].find(({ file }) => !staysInside(file));
  if (astray) throw new CliError(`${path} names ${astray.file}, which is not in its folder.`);
  return read;
}

function parsed(path: string, folder: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(
      isMissing
        ? `${folder} is no backup: it has no ${manifestFile}.`
        : `${path} cannot be read: ${(error as Error).message}`,
    );
  }
}

function staysInside(file: string): boolean {
  return file === normalize(file) && !/^(?:\.\.(?:[/\\]|$)|[/\\]|[a-z]:)/i.test(file);
}

export async function sha256Of(file: string): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(file)) sum.update(chunk as Buffer);
  return sum.digest('hex');
}
