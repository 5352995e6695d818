import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import test from 'node:test';

import { execute, freshDatabase } from './database.ts';
import { postgresBinaries, startPostgres } from './postgres.ts';
import { temporaryFolder } from './temp-folder.ts';
import { until } from './until.ts';

if (postgresBinaries()) {
  test('a private PostgreSQL serves databases of their own, and is gone after its stop', async () => {
    const server = await startPostgres({ fsync: true });
    const endings: (() => void | Promise<void>)[] = [];
    const url = await freshDatabase(server.url, { after: (end) => endings.push(end) });
    await execute(url, 'create table notes (note text)');
    assert.deepEqual(await execute(server.url, "select to_regclass('notes') as found"), [
      { found: null },
    ]);
    for (const end of endings) await end();
    await assert.rejects(execute(url, 'select 1'), /does not exist/);
    await server.stop();
    assert.throws(() => process.kill(server.pid, 0), { code: 'ESRCH' });
  });

  if (process.platform === 'linux') {
    test('a private PostgreSQL dies with the process that started it, even by SIGKILL', async (t) => {
      // The orphan can't remove its files, so they lie where this test removes them.
      const folder = temporaryFolder(t);
      chmodSync(folder, 0o755);
      const script = `
        import { startPostgres } from '${new URL('./postgres.ts', import.meta.url)}';
        console.log((await startPostgres()).pid);
        setInterval(() => {}, 1000);`;
      const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, TMPDIR: folder },
      });
      const [line] = await once(starter.stdout, 'data');
      const pid = Number(String(line));
      assert.ok(process.kill(pid, 0));
      starter.kill('SIGKILL');
      await until(() => isGone(pid), { what: 'the orphaned server to stop' });
    });
  }
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}
