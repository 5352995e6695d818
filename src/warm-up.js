// Run by the first start of the shop, once that is open: loads what a start loads, so that the next
// one finds its compiled code. It opens nothing, and gives way to the shop.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

const cache = new URL(`../node_modules/.cache/seamline/${process.version}`, import.meta.url);
const kept = fileURLToPath(cache);

if (!existsSync(kept)) {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  // Half of it would slow the next start down: it is there at once or not at all.
  const making = `${kept}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  try {
    enableCompileCache(making);
    await import('./quick-resolve.ts');
    await Promise.all([
      import('./app.ts'),
      import('./kernel/stores/run-migrations.ts'),
      import('./transports/http/transport.ts'),
    ]);
    flushCompileCache();
    renameSync(making, kept);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
