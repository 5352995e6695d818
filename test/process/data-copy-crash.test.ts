import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import Database from 'better-sqlite3';

import { kernelMigrations } from '#kernel/host/kernel-migrations';
import { createLogger } from '#kernel/log';
import { openStore } from '#kernel/stores/open-store';
import { execute, freshDatabase } from '#test/database';
import { seamline, startSeamline } from '#test/seamline';
import { storesUnderTest } from '#test/stores';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { analyticsModule } from '../../src/modules/analytics/module.ts';

const rows = 18_000;
/** Much less than the file holds, and somewhat more than the program itself needs. */
const heapMb = 64;

for (const on of storesUnderTest()) {
  if (on.name !== 'postgres') continue;

  test('a copy that is killed leaves nothing; the next one is whole, in little memory', async (t) => {
    const dataDir = temporaryFolder(t);
    const DATABASE_URL = await freshDatabase(on.url, t);
    await manyVisits(dataDir);
    assert.ok(statSync(join(dataDir, 'analytics.sqlite')).size > heapMb * 1024 * 1024);
    const args = ['data', 'copy', '--module', 'analytics'];
    const env = {
      DATA_DIR: dataDir,
      DATABASE_URL,
      NODE_OPTIONS: `--max-old-space-size=${heapMb}`,
    };
    const first = startSeamline(args, env);
    await until(() => isFilling(DATABASE_URL), { what: 'the copy to fill', timeoutMs: 60_000 });
    const exit = once(first, 'exit');
    first.kill('SIGKILL');
    await exit;
    await until(async () => (await sessions(DATABASE_URL)) === 0);
    assert.deepEqual(await held(DATABASE_URL), { visits: 0, position: '0' });

    const second = await seamline(args, env);
    assert.equal(second.code, 0, second.output);
    assert.match(second.output, new RegExp(`^analytics +visits +${rows} +[0-9a-f]{16} +yes$`, 'm'));
    assert.equal((await held(DATABASE_URL)).visits, rows);
    const third = await seamline([...args, '--json'], env);
    const [{ outcome, tables }] = JSON.parse(third.output);
    assert.equal(outcome, 'already there');
    assert.ok(tables.every(({ same }: { same: boolean }) => same));
  });
}

async function manyVisits(dataDir: string): Promise<void> {
  const store = await openStore({
    module: 'analytics',
    definition: analyticsModule.store,
    kernelMigrations,
    url: undefined,
    dataDir,
    log: createLogger('silent'),
  });
  await store.close();
  const database = new Database(join(dataDir, 'analytics.sqlite'));
  database.exec(
    `insert into visits (id, name, session_id, path, at)
      with recursive counter (i) as (select 1 union all select i + 1 from counter where i < ${rows})
      select 'visit ' || i, 'page', 'session ' || i % 100, '/' || hex(randomblob(2000)), i from counter`,
  );
  database.close();
}

async function isFilling(url: string): Promise<boolean> {
  const rows = await execute(
    url,
    `select 1 from pg_stat_activity where datname = current_database()
      and application_name = 'seamline-copy/analytics' and query like 'insert into "visits"%'`,
  );
  return rows.length > 0;
}

async function sessions(url: string): Promise<number> {
  const rows = await execute(
    url,
    `select pid from pg_stat_activity where datname = current_database()
      and application_name like 'seamline-copy/%'`,
  );
  return rows.length;
}

async function held(url: string): Promise<{ visits: number; position: string }> {
  const [row] = await execute(
    url,
    `select (select count(*)::int from analytics.visits) as visits,
      (select position from analytics.outbox_progress) as position`,
  );
  return row as { visits: number; position: string };
}
