import { randomUUID } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * The text of a file that only its owner may read; made with `make()` where there is none. Hosts that
 * start together on one data folder find the same text, and none of them, nor a crash, leaves a file
 * that is not whole: the first that has written its own wins.
 */
export function keptSecret(file: string, make: () => string): string {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${make()}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}
