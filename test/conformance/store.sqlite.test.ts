import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { StoreTx } from '#kernel/ports/store';
import { storeUnavailable, TransactionMisuse } from '#kernel/stores/store-failures';
import { until } from '#test/until';

import { idsIn, storePlace } from './store-place.ts';

const sqlite = { name: 'sqlite' } as const;
const put = ({ sql }: StoreTx, id: string, note = '') =>
  sql`insert into things (id, n, note) values (${id}, 1, ${note})`;

test('commits of a SQLite store are on the disk before they are acknowledged', async (t) => {
  const store = await (await storePlace(sqlite, t)).open();
  const pragmas = await store.write(async ({ sql }) => [
    await sql`pragma journal_mode`,
    await sql`pragma synchronous`,
    await sql`pragma foreign_keys`,
  ]);
  assert.deepEqual(pragmas, [
    [{ journal_mode: 'wal' }],
    [{ synchronous: 2 }],
    [{ foreign_keys: 1 }],
  ]);
});

const waits: Record<string, () => Promise<unknown>> = {
  'a timer': () => pause(1),
  'the next turn': () => new Promise((resolve) => setImmediate(resolve)),
  'the next tick': () => new Promise((resolve) => process.nextTick(resolve)),
  'a promise of nobody': () => new Promise(() => {}),
  'a process': () => once(spawn(process.execPath, ['--version']), 'exit'),
};

for (const [what, wait] of Object.entries(waits)) {
  test(`a work that waits for ${what} is undone, and the works around it are not`, async (t) => {
    const store = await (await storePlace(sqlite, t)).open();
    let late: Promise<unknown> = Promise.resolve();
    const waiting = (tx: StoreTx) => {
      late = put(tx, 'early')
        .then(wait)
        .then(() => put(tx, 'late'));
      return late;
    };
    const [before, first, between, second, after] = await Promise.allSettled([
      store.write((tx) => put(tx, 'before')),
      store.write(waiting),
      store.write((tx) => put(tx, 'between')),
      store.write(waiting),
      store.write((tx) => put(tx, 'after')),
    ]);
    assert.deepEqual(
      [before, between, after].map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled'],
    );
    for (const end of [first, second]) {
      assert.equal(end.status, 'rejected');
      assert.ok('reason' in end && end.reason instanceof TransactionMisuse, String(end));
    }
    // Whatever the work goes on to do, it finds its transaction gone.
    if (what !== 'a promise of nobody') await assert.rejects(late, TransactionMisuse);
    assert.deepEqual(await idsIn(store), ['after', 'before', 'between']);
  });
}

test('a busy writer leaves the process its turns', async (t) => {
  const store = await (await storePlace(sqlite, t)).open();
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  });
  const works = Array.from({ length: 4000 }, (_, i) => store.write((tx) => put(tx, `${i}`)));
  await Promise.all(works);
  clearInterval(counting);
  assert.ok(turns >= 10, `${turns} turns of a timer while 4000 works were written`);
});

test('a second store on a file is refused, in this process and in another', async (t) => {
  const place = await storePlace(sqlite, t);
  const store = await place.open();
  await assert.rejects(place.open(), /in use by another process.*need PostgreSQL/);
  const second = start(t, place.folder, 'hold');
  const [code] = await once(second.process, 'exit');
  assert.equal(code, 1);
  assert.match(second.said(), /in use by another process/);
  await store.write((tx) => put(tx, 'mine'));
  assert.deepEqual(await idsIn(store), ['mine']);
});

test('kill -9 under load loses no acknowledged work and keeps no half of one', async (t) => {
  const place = await storePlace(sqlite, t);
  const acknowledged = new Set<string>();
  for (let round = 1; round <= 4; round += 1) {
    const child = start(t, place.folder, 'load');
    await until(() => child.lines().length > 300 * round, { what: 'writes', timeoutMs: 20_000 });
    await kill(child.process);
    const before = acknowledged.size;
    for (const line of child.lines()) if (line !== 'open') acknowledged.add(line);
    assert.ok(acknowledged.size > before, 'the kill hit a process that was writing');
  }
  const ids = new Set(await idsIn(await place.open()));
  for (const id of acknowledged)
    assert.ok(ids.has(`${id}-a`), `${id} was acknowledged and is lost`);
  for (const id of ids) assert.ok(ids.has(`${id.slice(0, -1)}a`) && ids.has(`${id.slice(0, -1)}b`));
});

test('kill -9 in the middle of a migration leaves the store as it was', async (t) => {
  const place = await storePlace(sqlite, t);
  await (await place.open()).close();
  const child = start(t, place.folder, 'migrate');
  const wal = join(place.folder, 'shelf.sqlite-wal');
  await until(() => statSync(wal).size > 4_000_000, {
    what: 'half a migration',
    timeoutMs: 20_000,
  });
  await kill(child.process);
  assert.deepEqual(child.lines(), [], 'the kill hit before the migration ended');
  const store = await place.open();
  await assert.rejects(store.reader.sql`select * from first_half`, /no such table/);
  await store.write((tx) => put(tx, 'works'));
  assert.deepEqual(await idsIn(store), ['works']);
});

test('what a SQLite store has deleted is not in its file any more', async (t) => {
  const place = await storePlace(sqlite, t);
  const store = await place.open();
  const secret = 'ann@example.com';
  // A row within its page, one that takes pages of its own, and enough to empty whole pages.
  const notes = [secret, secret.padEnd(20_000, '.'), ...Array(500).fill(`${secret} again`)];
  await store.write(async (tx) => {
    for (const [index, note] of notes.entries()) await put(tx, `thing-${index}`, note);
  });
  await store.write(({ sql }) => sql`delete from things`);
  await store.close();
  const left = readdirSync(place.folder)
    .map((name) => readFileSync(join(place.folder, name)))
    .filter((bytes) => bytes.includes(secret));
  assert.equal(left.length, 0);
});

test('a folder that cannot be written is named when the store opens', async (t) => {
  const place = await storePlace(sqlite, t);
  const file = join(place.folder, 'a-file');
  writeFileSync(file, '');
  await assert.rejects(
    place.open({ dataDir: join(file, 'data') }),
    /data\/shelf\.sqlite cannot be opened.*DATA_DIR/,
  );
});

test('a file that is no database is named when the store opens', async (t) => {
  const place = await storePlace(sqlite, t);
  writeFileSync(
    join(place.folder, 'shelf.sqlite'),
    'not a database, but long enough to be read '.repeat(99),
  );
  await assert.rejects(place.open(), /shelf\.sqlite cannot be opened/);
});

test('another tool that locks the file makes the store unavailable, until it lets go', async (t) => {
  const place = await storePlace(sqlite, t);
  const store = await place.open();
  const { default: Database } = await import('better-sqlite3');
  const tool = new Database(join(place.folder, 'shelf.sqlite'));
  tool.exec('begin immediate');
  const refused = await Promise.allSettled(
    [1, 2, 3].map((i) => store.write((tx) => put(tx, `${i}`))),
  );
  for (const end of refused) assert.ok('reason' in end && storeUnavailable.is(end.reason));
  tool.exec('rollback');
  tool.close();
  await store.write((tx) => put(tx, 'again'));
  assert.deepEqual(await idsIn(store), ['again']);
});

type StoreProcess = { process: ChildProcess; said(): string; lines(): readonly string[] };

function start(t: TestContext, dataDir: string, task: 'hold' | 'load' | 'migrate'): StoreProcess {
  const file = join(import.meta.dirname, 'store-process.ts');
  const child = spawn(process.execPath, [file, dataDir, task], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => kill(child));
  let said = '';
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // The last line may be cut off: then it was not acknowledged to anybody.
  return { process: child, said: () => said, lines: () => out.split('\n').slice(0, -1) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
