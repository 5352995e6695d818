import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

import { StartError } from '../start-error.ts';
import { isInUse } from './sqlite-errors.ts';

/** The handles of one SQLite file, and the lock that keeps other processes out. */
export type SqliteFile = {
  readonly writer: Database.Database;
  readonly reader: Database.Database;
  close(): void;
};

/**
 * Opens `file` for this process alone, and makes it, and its folder, when they do not exist.
 * Throws an `Error` for people when another process (or store) has it, or it can't be written.
 */
export function openSqliteFile(file: string): SqliteFile {
  const opened: { close(): void }[] = [];
  const close = () => {
    for (const database of opened.toReversed()) database.close();
  };
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    opened.push(lockSqliteFile(file));
    const writer = new Database(file, { timeout: busyTimeoutMs });
    opened.push(writer);
    prepareWriter(writer);
    const reader = new Database(file, { readonly: true, timeout: busyTimeoutMs });
    opened.push(reader);
    return { writer, reader, close };
  } catch (error) {
    close();
    throw explained(file, error);
  }
}

/** Only a backup or a person's tool can hold the file: SQLite's waiting blocks the whole process. */
const busyTimeoutMs = 100;
/** A writer that serves waits in the group that wants to begin, and lets the process go on. */
const writerBusyMs = 5;

/** WAL may grow to this between two checkpoints and is cut back to it afterwards. */
const walLimitBytes = 64 * 1024 * 1024;

function prepareWriter(writer: Database.Database): void {
  const mode = writer.pragma('journal_mode = wal', { simple: true });
  if (mode !== 'wal') throw new Error(`its file system has no shared memory (mode ${mode})`);
  // FULL: a commit is on the disk before it is acknowledged, so a power cut loses nothing.
  writer.pragma('synchronous = full');
  // What is deleted is overwritten: an erased account is not in the file, nor in a backup of it.
  writer.pragma('secure_delete = on');
  writer.pragma('foreign_keys = on');
  writer.pragma(`journal_size_limit = ${walLimitBytes}`);
  writer.pragma(`busy_timeout = ${writerBusyMs}`);
}

/**
 * An exclusive SQLite lock on an empty file beside the database. The operating system holds it for
 * the process and drops it however that ends, kill -9 included: unlike a file with a process id in
 * it there is nothing stale to judge. A lock on the database itself would keep our reader out.
 * Throws what SQLite says when another process has it: see `isInUse`.
 */
export function lockSqliteFile(file: string): { close(): void } {
  const held = new Database(`${file}-lock`, { timeout: 0 });
  try {
    held.exec('begin exclusive');
    return held;
  } catch (error) {
    held.close();
    throw error;
  }
}

/** From here on the handle sees what is committed at this moment, whatever is written meanwhile. */
export function beginReading(handle: Database.Database): void {
  handle.exec('begin');
  // SQLite takes its view of the file with the first read.
  handle.prepare('select count(*) from sqlite_master').get();
}

function explained(file: string, error: unknown): StartError {
  const why = error instanceof Error ? error.message : String(error);
  const message = isInUse(error)
    ? `${file} is in use by another process. One process at a time may have a SQLite store; several instances of a module need PostgreSQL (DATABASE_URL).`
    : `The store ${file} cannot be opened: ${why}. Its folder (DATA_DIR) must exist or be possible to make, and be writable.`;
  return new StartError(message, { cause: error });
}
