import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import Database from 'better-sqlite3';

import { cutStores } from '#kernel/stores/backup/cut';
import { saveStore } from '#kernel/stores/backup/save-store';
import { execute } from '#test/database';
import { storesUnderTest } from '#test/stores';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { idsIn, storePlace } from '../conformance/store-place.ts';
import { startStores } from './stores-processes.ts';

const modules = ['one', 'two', 'three', 'four', 'five'];
const pathsIn = (folder: string) => modules.map((module) => join(folder, `${module}.sqlite`));

test('processes with different modules share a folder; one with a module that runs is refused', async (t) => {
  const folder = temporaryFolder(t);
  const left = startStores(t, folder, ['one', 'two']);
  const right = startStores(t, folder, ['three']);
  await until(() => left.reached() > 20 && right.reached() > 20, { what: 'both to write' });

  const second = startStores(t, folder, ['four', 'two']);
  await until(second.isOver, { what: 'the second process to be refused' });
  assert.match(second.said(), /two\.sqlite is in use by another process/);

  const [before, beside] = [left.reached(), right.reached()];
  await until(() => left.reached() > before && right.reached() > beside);
  await left.kill();
  const next = startStores(t, folder, ['two']);
  await until(() => next.reached() > 0, { what: 'the next process to have the module' });
  assert.ok(!right.isOver());
});

test('a cut shows all files at one moment, while they are written all the time', async (t) => {
  const folder = temporaryFolder(t);
  const writing = startStores(t, folder, modules);
  await until(() => writing.reached() > 5);
  for (let round = 1; round <= 20; round += 1) {
    const before = writing.reached();
    const cut = await cutStores(pathsIn(folder), () => {});
    await until(() => writing.reached() > before + 5, { what: 'writing to go on during the cut' });
    const ns = pathsIn(folder).map((path) => reachedIn(cut.readers.get(path)));
    cut.close();
    const [most, least] = [Math.max(...ns), Math.min(...ns)];
    assert.ok(most - least <= 1, `the files stand at ${ns}`);
    assert.deepEqual(
      ns,
      ns.toSorted((a, b) => b - a),
      'none is ahead of what it follows',
    );
    assert.ok(least >= before);
  }
  assert.equal(writing.said(), '', 'no write was refused');
});

test('from the first view of a cut to the last, nobody commits anywhere', async (t) => {
  const folder = temporaryFolder(t);
  const writing = startStores(t, folder, modules);
  await until(() => writing.reached() > 5);
  const tools = pathsIn(folder).map((path) => new Database(path, { readonly: true }));
  t.after(() => {
    for (const tool of tools) tool.close();
  });
  const seen: number[][] = [];
  const look = () => {
    seen.push(tools.map(reachedIn));
    // Asleep, and well below what a writer waits for: anything that is not held goes on.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    seen.push(tools.map(reachedIn));
  };
  const cut = await cutStores(pathsIn(folder), look);
  seen.push(pathsIn(folder).map((path) => reachedIn(cut.readers.get(path))));
  assert.deepEqual([seen[1], seen[2]], [seen[0], seen[0]]);
  assert.ok(cut.heldMs >= 40);
  const before = writing.reached();
  await until(() => writing.reached() > before + 5, { what: 'writing to go on' });
  cut.close();
});

test('a file that is held for a moment refuses no write, and the process goes on meanwhile', async (t) => {
  const place = await storePlace({ name: 'sqlite' }, t);
  const store = await place.open();
  const tool = new Database(join(place.folder, 'shelf.sqlite'));
  t.after(() => tool.close());
  tool.exec('begin immediate');
  let isWritten = false;
  const writing = store
    .write(({ sql }) => sql`insert into things (id, n) values ('late', 1)`)
    .then(() => {
      isWritten = true;
    });
  let turns = 0;
  await until(() => {
    turns += 1;
    return turns > 20;
  });
  assert.equal(isWritten, false);
  tool.exec('rollback');
  await writing;
  assert.deepEqual(await idsIn(store), ['late']);
});

test('processes that each write without a pause are held for a moment too', async (t) => {
  const folder = temporaryFolder(t);
  const writing = modules.map((module) => startStores(t, folder, [module]));
  await until(() => writing.every((one) => one.reached() > 5), { timeoutMs: 30_000 });
  for (let round = 1; round <= 5; round += 1) {
    const cut = await cutStores(pathsIn(folder), () => {});
    const ns = () => pathsIn(folder).map((path) => reachedIn(cut.readers.get(path)));
    const seen = ns();
    const before = writing.map((one) => one.reached());
    await until(() => writing.every((one, at) => one.reached() > (before[at] as number)), {
      what: `all to write on (${writing.map((one) => one.said())})`,
      timeoutMs: 30_000,
    });
    assert.deepEqual(ns(), seen);
    cut.close();
  }
  for (const one of writing) assert.equal(one.said(), '', 'no write was refused');
});

test('a cut is saved whole and sound, and needs nothing beside it', async (t) => {
  const folder = temporaryFolder(t);
  const writing = startStores(t, folder, modules);
  await until(() => writing.reached() > 50);
  const cut = await cutStores(pathsIn(folder), () => {});
  const reader = cut.readers.get(pathsIn(folder)[0] as string) as Database.Database;
  const target = join(temporaryFolder(t), 'copy.sqlite');
  const saved = await saveStore(reader, target);
  assert.deepEqual(saved, {
    rows: { applied_migrations: 1, counter: reachedIn(reader) },
    migrations: ['0001-counter'],
  });
  cut.close();
  const copy = new Database(target, { readonly: true });
  t.after(() => copy.close());
  assert.equal(copy.pragma('journal_mode', { simple: true }), 'delete');
  assert.equal(reachedIn(copy), saved.rows.counter);
});

test('a file that somebody never lets go of is named', async (t) => {
  const folder = temporaryFolder(t);
  const writing = startStores(t, folder, modules);
  await until(() => writing.reached() > 5);
  await writing.kill();
  const tool = new Database(join(folder, 'three.sqlite'));
  t.after(() => tool.close());
  tool.exec('begin immediate');
  await assert.rejects(
    cutStores(pathsIn(folder), () => assert.fail('nothing is held'), 300),
    /three\.sqlite was locked, or written to without a pause, for 0\.3 s/,
  );
  await assert.rejects(
    cutStores([join(folder, 'none.sqlite')], () => {}),
    /none\.sqlite cannot be read/,
  );
});

for (const on of storesUnderTest()) {
  if (on.name !== 'postgres') continue;

  test('a module has as many connections as its pool is sized for, however much is asked', async (t) => {
    const place = await storePlace(on, t);
    const [shelf, drawer] = [
      await place.open({ poolSize: 3 }),
      await place.open({ module: 'drawer', poolSize: 2 }),
    ];
    const asked = Array.from({ length: 40 }, (_, at) =>
      (at % 2 ? shelf : drawer).write(async ({ sql }) => {
        await sql`select 1 as one from pg_sleep(0.05)`;
      }),
    );
    const most = { 'seamline/shelf': 0, 'seamline/drawer': 0 };
    let isOver = false;
    const all = Promise.all(asked).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const rows = await execute(
        place.url as string,
        `select application_name as name, count(*)::int as n from pg_stat_activity
          where datname = current_database() and application_name like 'seamline/%' group by 1`,
      );
      for (const { name, n } of rows as { name: keyof typeof most; n: number }[]) {
        most[name] = Math.max(most[name], n);
      }
    }
    await all;
    assert.deepEqual(most, { 'seamline/shelf': 3, 'seamline/drawer': 2 });
  });
}

function reachedIn(database: Database.Database | undefined): number {
  const row = database?.prepare('select coalesce(max(n), 0) as n from counter').get();
  return (row as { n: number }).n;
}
