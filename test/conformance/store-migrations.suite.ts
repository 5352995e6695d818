import assert from 'node:assert/strict';
import test from 'node:test';

import { migration } from '#kernel/stores/migration';
import type { StoreUnderTest } from '#test/stores';

import { idsIn, storePlace, things } from './store-place.ts';

const kernel = migration('kernel-0001-marks', ['create table marks (id text primary key)']);
const wider = migration('0002-wider', [
  'alter table things add column width bigint',
  `insert into things (id, n, note) values ('made by 0002', 1, 'was it?')`,
]);

/** What every store does with migrations. */
export function migrationsOfAStore(on: StoreUnderTest): void {
  test(`${on.name}: a store is migrated when it opens, each step once, the kernel's first`, async (t) => {
    const place = await storePlace(on, t);
    const usesMarks = migration('0003-uses-marks', [`insert into marks (id) values ('once')`]);
    const migrations = [things, wider, usesMarks];
    for (const steps of [migrations.slice(0, 1), migrations, migrations]) {
      const store = await place.open({
        kernelMigrations: [kernel],
        definition: { entities: [], migrations: steps },
      });
      await store.close();
    }
    const store = await place.open({
      kernelMigrations: [kernel],
      definition: { entities: [], migrations },
    });
    assert.deepEqual(await idsIn(store), ['made by 0002']);
    assert.deepEqual(await store.reader.sql`select id from marks`, [{ id: 'once' }]);
  });

  test(`${on.name}: a migration that fails leaves the store as it was`, async (t) => {
    const place = await storePlace(on, t);
    await (await place.open()).close();
    const broken = migration('0003-broken', ['create table half (id text)', 'create tabel typo']);
    const attempt = place.open({
      definition: { entities: [], migrations: [things, wider, broken] },
    });
    await assert.rejects(attempt, /tabel|syntax/);
    const store = await place.open();
    assert.deepEqual(await idsIn(store), []);
    await assert.rejects(store.reader.sql`select * from half`, /half/);
  });

  test(`${on.name}: a store that is ahead of the code opens; one that went another way does not`, async (t) => {
    const place = await storePlace(on, t);
    const newer = await place.open({ definition: { entities: [], migrations: [things, wider] } });
    await newer.close();
    const older = await place.open();
    assert.deepEqual(await idsIn(older), ['made by 0002']);
    await older.close();

    const other = migration('0002-other', ['create table other (id text)']);
    const another = place.open({ definition: { entities: [], migrations: [things, other] } });
    await assert.rejects(another, /0002-wider.*0002-other/);
  });

  test(`${on.name}: two migrations of one name, and deferrable constraints, are refused`, async (t) => {
    const place = await storePlace(on, t);
    const twice = place.open({ definition: { entities: [], migrations: [things, things] } });
    await assert.rejects(twice, /same name/);
    const late = migration('0002-late', [
      'create table late (id text references things (id) deferrable initially deferred)',
    ]);
    const deferred = place.open({ definition: { entities: [], migrations: [things, late] } });
    await assert.rejects(deferred, /0002-late makes a deferrable constraint/);
    assert.deepEqual(await idsIn(await place.open()), []);
  });

  test(`${on.name}: each module has a store of its own`, async (t) => {
    const place = await storePlace(on, t);
    const [shelf, drawer] = [await place.open(), await place.open({ module: 'drawer' })];
    await shelf.write(({ sql }) => sql`insert into things (id, n) values ('mine', 1)`);
    assert.deepEqual(await idsIn(drawer), []);
  });
}
