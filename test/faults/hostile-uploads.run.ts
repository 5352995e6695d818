import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '#test/free-port';

import { sendHostileUploads } from './hostile-uploads.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'seamline-'));
try {
  console.table(await sendHostileUploads({ port: await freePort(), dataDir }));
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
