import { readFileSync, statSync } from 'node:fs';

import type { Logger } from '../ports/logger.ts';

/** Something that lies in files, and is read again when they have changed. */
export type Kept<T> = {
  current(): T;
  /** Looks whether the files have changed; true when there is something new. */
  look(): boolean;
};

type KeptParts<T> = {
  /** Changes with the files; costs little. */
  readonly stamp: () => string;
  readonly read: () => T;
  readonly log: Logger;
  readonly what: string;
};

/** Never changes. */
export function fixed<T>(value: T): Kept<T> {
  return { current: () => value, look: () => false };
}

/**
 * Throws what `read` throws the first time. Later on, what can't be read leaves what could: a file
 * that is being written must not lock every host out.
 */
export function kept<T>({ stamp, read, log, what }: KeptParts<T>): Kept<T> {
  let seen = stampOrNone(stamp);
  let value = read();
  return {
    current: () => value,
    look() {
      const now = stampOrNone(stamp);
      if (now === seen) return false;
      seen = now;
      try {
        value = read();
      } catch (error) {
        log.error(
          { err: error, what },
          'what changed can not be read; what was there before holds',
        );
        return false;
      }
      log.info({ what }, 'read again after a change');
      return true;
    },
  };
}

export function keptFile<T>(file: string, parse: (text: string) => T, log: Logger): Kept<T> {
  return kept({
    stamp: () => stampOf(file),
    read: () => parse(readFileSync(file, 'utf8')),
    log,
    what: file,
  });
}

/** Changes when a file is written, or another takes its place. */
export function stampOf(file: string): string {
  const { ino, size, mtimeMs } = statSync(file);
  return `${ino}:${size}:${mtimeMs}`;
}

function stampOrNone(stamp: () => string): string {
  try {
    return stamp();
  } catch {
    return 'none';
  }
}
