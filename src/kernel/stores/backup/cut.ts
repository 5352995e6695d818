import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';

import { StartError } from '../../start-error.ts';
import { isInUse } from '../sqlite-errors.ts';
import { beginReading } from '../sqlite-file.ts';

/** SQLite files, each as it stood at one and the same moment, while their owners write on. */
export type Cut = {
  /** By file: a handle that reads what was committed at that moment. */
  readonly readers: ReadonlyMap<string, Database.Database>;
  /** So long nobody could commit. */
  readonly heldMs: number;
  /** Lets go; SQLite's logs grow until then. */
  close(): void;
};

/** All that is tried for one cut. */
const cutWithinMs = 30_000;
/** Tries that wait for nobody: a file that is being written at that moment ends the try at once. */
const quickTries = 60;
/** Between two of them: random, so that they keep step with no writer. */
const quickRestMs = 5;
/**
 * Where some file is always being written, each is asked for again and again: SQLite's own waiting
 * sleeps through the moments between two writes. Owners wait a second for their turn before they
 * refuse a command: so little is held together, and so long is left between two tries.
 */
const patient = { holdMs: 50, leastRestMs: 60, mostRestMs: 120 };

type Pair = {
  readonly file: string;
  readonly writer: Database.Database;
  readonly reader: Database.Database;
};

/**
 * Takes the write lock of every file, and with all of them in hand a view of each: what one module
 * had committed because of another is in the cut together with its cause, as after a power cut.
 * `whileHeld` runs in between, for what must be known of the same moment; keep it short.
 * Throws a `StartError` when a file can't be opened, or is never free.
 */
export async function cutStores(
  files: readonly string[],
  whileHeld: () => void,
  withinMs = cutWithinMs,
): Promise<Cut> {
  const pairs: Pair[] = [];
  // The last handle of a file that nobody uses tidies it up, and a reader could not.
  const close = () => {
    for (const { reader } of pairs) reader.close();
    for (const { writer } of pairs) writer.close();
  };
  try {
    for (const file of files) pairs.push(openPair(file));
    const heldMs = await holdOnce(pairs, whileHeld, withinMs);
    return { readers: new Map(pairs.map(({ file, reader }) => [file, reader])), heldMs, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openPair(file: string): Pair {
  try {
    const writer = new Database(file, { fileMustExist: true, timeout: 0 });
    const reader = new Database(file, { readonly: true, timeout: 1000 });
    // A first statement opens the file and its log: better now than while everybody waits.
    for (const handle of [writer, reader]) handle.pragma('schema_version');
    return { file, writer, reader };
  } catch (error) {
    throw new StartError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function holdOnce(
  pairs: readonly Pair[],
  whileHeld: () => void,
  withinMs: number,
): Promise<number> {
  const overAt = performance.now() + withinMs;
  let busy: string | undefined;
  for (let tries = 0; performance.now() < overAt; tries += 1) {
    const isQuick = tries < quickTries;
    const outcome = hold(pairs, isQuick ? 0 : patient.holdMs, whileHeld);
    if (typeof outcome === 'number') return outcome;
    busy = outcome.busy;
    const { leastRestMs, mostRestMs } = patient;
    const span = isQuick ? quickRestMs : mostRestMs - leastRestMs;
    await pause((isQuick ? 0 : leastRestMs) + Math.random() * span);
  }
  throw new StartError(
    `${busy} was locked, or written to without a pause, for ${withinMs / 1000} s, so that no moment could be held. Try again when less goes on.`,
  );
}

/** Answers how long everything was held, or which file was not to be had within `withinMs`. */
function hold(
  pairs: readonly Pair[],
  withinMs: number,
  whileHeld: () => void,
): number | { readonly busy: string } {
  const since = performance.now();
  try {
    for (const { file, writer } of pairs) {
      while (!takeWriteLock(file, writer)) {
        if (performance.now() - since >= withinMs) return { busy: file };
      }
    }
    for (const { reader } of pairs) beginReading(reader);
    whileHeld();
    return performance.now() - since;
  } finally {
    for (const { writer } of pairs) if (writer.inTransaction) writer.exec('rollback');
  }
}

function takeWriteLock(file: string, writer: Database.Database): boolean {
  try {
    writer.exec('begin immediate');
    return true;
  } catch (error) {
    if (isInUse(error)) return false;
    throw new StartError(`${file} cannot be held: ${(error as Error).message}`, { cause: error });
  }
}
