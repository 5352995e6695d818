import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The world outside: files that no engine and no database knows of. An effect takes place once for
 * its key, as with a provider that keeps idempotency keys; every asking for it is counted.
 */
export type Ledger = {
  readonly folder: string;
  /** Answers false when the key has had its effect before. */
  effect(key: string, what: string): boolean;
  /** What took effect, in order. */
  effects(): string[];
  askedFor(key: string): number;
  /** A sign between processes. */
  mark(sign: string): void;
  marked(sign: string): boolean;
};

export function openLedger(folder: string): Ledger {
  const at = (name: string) => join(folder, name.replaceAll(/[^\w.-]/g, '_'));
  const lines = (file: string) =>
    existsSync(at(file)) ? readFileSync(at(file), 'utf8').split('\n').slice(0, -1) : [];
  return {
    folder,
    effect(key, what) {
      appendFileSync(at('asked'), `${key}\n`);
      if (!createsFile(at(`key-${key}`))) return false;
      appendFileSync(at('effects'), `${what}\n`);
      return true;
    },
    effects: () => lines('effects'),
    askedFor: (key) => lines('asked').filter((line) => line === key).length,
    mark: (sign) => writeFileSync(at(`sign-${sign}`), ''),
    marked: (sign) => existsSync(at(`sign-${sign}`)),
  };
}

function createsFile(path: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
