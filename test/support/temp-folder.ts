import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Anything that can run a clean-up: a test's context, or `{ after }` of `node:test` itself. */
export type Ending = { after(cleanUp: () => void | Promise<void>): void };

/** Makes a private folder (mode 0700) and removes it, with all that is in it, when the test ends. */
export function temporaryFolder(ending: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'seamline-'));
  ending.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
