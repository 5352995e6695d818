import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

import { collect } from '#test/app-process';
import { freePort } from '#test/free-port';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

test('a signal that ends npm ends the shop that it has started', async (t) => {
  const port = await freePort();
  const { PATH, HOME } = process.env;
  const npm = spawn('npm', ['start'], {
    env: {
      ...{ PATH, HOME, PORT: `${port}`, INTERNAL_PORT: `${port + 1000}`, DEMO: '0' },
      DATA_DIR: temporaryFolder(t),
    },
    detached: true,
  });
  // The whole group, whatever becomes of the test.
  t.after(() => {
    try {
      process.kill(-(npm.pid as number), 'SIGKILL');
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    }
  });
  const said = collect(npm);
  // Whatever it answers, it is there.
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    );
  await until(answers, { what: `the shop to answer: ${said()}`, timeoutMs: 60_000 });
  npm.kill('SIGTERM');
  await until(async () => !(await answers()), { what: 'the shop to end' });
});
