import assert from 'node:assert/strict';
import test from 'node:test';

import type { Store, StoreTx } from '#kernel/ports/store';
import { migration } from '#kernel/stores/migration';
import { storeUnavailable } from '#kernel/stores/store-failures';
import { execute } from '#test/database';
import { freePort } from '#test/free-port';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { idsIn, numberOf, type StorePlace, storePlace, things } from './store-place.ts';

const put = ({ sql }: StoreTx, id: string) => sql`insert into things (id, n) values (${id}, 1)`;

for (const on of storesUnderTest()) {
  if (on.name !== 'postgres') continue;
  const openPlace = (t: Parameters<typeof storePlace>[1]) => storePlace(on, t);

  test('the role of a module can neither read nor write the rows of its neighbour', async (t) => {
    const place = await openPlace(t);
    const shelf = await place.open();
    const drawer = await place.open({ module: 'drawer' });
    await shelf.write((tx) => put(tx, 'mine'));
    const attempts = [
      drawer.reader.sql`select * from shelf.things`,
      drawer.write(({ sql }) => sql`delete from shelf.things`),
      drawer.write(({ sql }) => sql`create table shelf.intruder (id text)`),
      drawer.write(({ sql }) => sql`create table public.intruder (id text)`),
    ];
    for (const end of await Promise.allSettled(attempts)) {
      assert.match(String('reason' in end && end.reason), /permission denied for schema/);
    }
    assert.deepEqual(await idsIn(shelf), ['mine']);
  });

  test('hosts that start together on an empty database make and migrate it once', async (t) => {
    const place = await openPlace(t);
    const stores = await Promise.all(Array.from({ length: 6 }, () => place.open({ poolSize: 2 })));
    await Promise.all(stores.map((store, i) => store.write((tx) => put(tx, `${i}`))));
    assert.equal((await idsIn(stores[0] as Store)).length, 6);
    const applied = await execute(place.url as string, 'select name from shelf.applied_migrations');
    assert.deepEqual(applied, [{ name: things.name }]);
  });

  test('a connection that the server ends takes its work with it; the next work has another', async (t) => {
    const place = await openPlace(t);
    const store = await place.open();
    const cutOff = store.write(async (tx) => {
      await put(tx, 'lost');
      await breakAllConnections(place);
      await put(tx, 'never');
    });
    await assert.rejects(cutOff, storeUnavailable.is);
    await store.write((tx) => put(tx, 'next'));
    assert.deepEqual(await idsIn(store), ['next']);
  });

  test('idle connections that the server ends are replaced, ten times over', async (t) => {
    const place = await openPlace(t);
    const store = await place.open({ poolSize: 4 });
    for (let round = 1; round <= 10; round += 1) {
      await Promise.all([1, 2, 3, 4].map(() => store.now()));
      await breakAllConnections(place);
      await until(() => store.write((tx) => put(tx, `${round}`.padStart(2, '0'))).then(() => true));
    }
    assert.equal((await idsIn(store)).length, 10);
  });

  test('a COMMIT that was cut off is refused as unavailable: nobody knows how it ended', async (t) => {
    const place = await openPlace(t);
    const store = await place.open();
    await execute(place.url as string, slowCommit);
    const committing = store.write((tx) => put(tx, 'unknown'));
    const refused = assert.rejects(committing, storeUnavailable.is);
    await until(() => isCommitting(place), { what: 'COMMIT to run' });
    await breakAllConnections(place);
    await refused;
  });

  test('works that lock each other out are tried again until each is done', async (t) => {
    const store = await (await openPlace(t)).open();
    await store.write(async (tx) => {
      await put(tx, 'a');
      await put(tx, 'b');
    });
    let holders = 0;
    const raise = (first: string, second: string) =>
      store.write(async ({ sql }) => {
        await sql`update things set n = n + 1 where id = ${first}`;
        holders += 1;
        // Both hold their first row before either asks for its second: a certain deadlock.
        await until(() => holders >= 2, { everyMs: 1 });
        await sql`update things set n = n + 1 where id = ${second}`;
      });
    await Promise.all([raise('a', 'b'), raise('b', 'a')]);
    assert.ok(holders > 2, 'one of them was tried again');
    assert.deepEqual([await numberOf(store, 'a'), await numberOf(store, 'b')], [3, 3]);
  });

  test('a host goes on while a newer one adds a column to what it reads', async (t) => {
    const place = await openPlace(t);
    const older = await place.open();
    const readAll = () => older.reader.sql`select * from things`;
    const putAll = (id: string) =>
      older.write(({ sql }) => sql`insert into things (id, n) values (${id}, 1) returning *`);
    await putAll('a');
    await readAll();
    const wider = migration('0002-wider', ['alter table things add column width bigint']);
    await place.open({ definition: { entities: [], migrations: [things, wider] } });
    const [row] = await readAll();
    assert.ok(row && 'width' in row);
    assert.equal((await putAll('b')).length, 1);
    assert.deepEqual(await idsIn(older), ['a', 'b']);
  });

  test('a user that may not make roles learns what an administrator has to run', async (t) => {
    const place = await openPlace(t);
    const user = `plain${new URL(place.url as string).pathname.slice(1)}`;
    const module = `attic_${user}`;
    await execute(on.url, `create role ${user} login`);
    t.after(async () => {
      await execute(on.url, `drop role ${user}; drop role if exists seamline_${module}`);
    });
    const url = new URL(place.url as string);
    url.username = user;
    const refusal = await place.open({ url, module }).catch((error: Error) => error.message);
    const [, statements] = String(refusal).split('Let an administrator run: ');
    assert.match(String(statements), /^create role seamline_attic_/);
    await execute(place.url as string, statements as string);
    const store = await place.open({ url, module });
    await store.write((tx) => put(tx, 'works'));
    assert.deepEqual(await idsIn(store), ['works']);
  });

  test('a server that is not there is named when the store opens, without its password', async (t) => {
    const place = await openPlace(t);
    const url = new URL(`postgres://me:secret@127.0.0.1:${await freePort()}/shop`);
    await assert.rejects(place.open({ url }), (error: Error) => {
      assert.match(error.message, /store of shelf at 127\.0\.0\.1:\d+\/shop cannot be opened/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

/** Ends every session of the stores of this place, and waits until the server has let them go. */
async function breakAllConnections({ url }: StorePlace): Promise<void> {
  const mine = `datname = current_database() and application_name like 'seamline/%'`;
  const pids = await execute(
    url as string,
    // The server may weigh conditions in any order: asked as one, all of its sessions could end.
    `with mine as materialized (select pid from pg_stat_activity where ${mine})
     select pid, pg_terminate_backend(pid) from mine`,
  );
  const list = pids.map((row) => (row as { pid: number }).pid).join() || '0';
  await until(async () => {
    const left = await execute(
      url as string,
      `select pid from pg_stat_activity where pid in (${list})`,
    );
    return left.length === 0;
  });
}

/** COMMIT of an insert waits, as it would on a slow disk. */
const slowCommit = `
  create function shelf.wait() returns trigger language plpgsql as $$
    begin perform pg_sleep(60); return null; end $$;
  create constraint trigger slow after insert on shelf.things
    deferrable initially deferred for each row execute function shelf.wait();
  grant execute on function shelf.wait() to seamline_shelf`;

async function isCommitting({ url }: StorePlace): Promise<boolean> {
  const running = await execute(
    url as string,
    `select 1 from pg_stat_activity where state = 'active' and query = 'commit'`,
  );
  return running.length > 0;
}
