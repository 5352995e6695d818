import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync } from 'node:fs';
import test from 'node:test';

import { startApp } from '#test/app-process';
import { freePort } from '#test/free-port';
import { temporaryFolder } from '#test/temp-folder';

/** A device of Linux on which every write fails for want of room. */
const fullDisk = '/dev/full';

if (existsSync(fullDisk)) {
  test('a full disk under the log costs lines, and neither answers nor a clean end', async (t) => {
    const stdout = openSync(fullDisk, 'w');
    t.after(() => closeSync(stdout));
    const env = { LOG_LEVEL: 'debug', DEMO: '0' };
    const launch = { port: await freePort(), dataDir: temporaryFolder(t), env, stdout };
    const app = await startApp(launch);
    t.after(() => app.kill());

    for (let nth = 0; nth < 20; nth += 1) {
      const { status, body } = await fetch(`${app.url}/api/products`);
      await body?.cancel();
      assert.equal(status, 200);
    }

    assert.equal(await app.stop(), 0, app.output());
  });
}
