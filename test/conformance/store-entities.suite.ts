import assert from 'node:assert/strict';
import test from 'node:test';
import { defineEntity, LockMode, OptimisticLockError, p } from '@mikro-orm/core';

import { entities } from '#kernel/stores/entities';
import { migration } from '#kernel/stores/migration';
import { TransactionMisuse } from '#kernel/stores/store-failures';
import type { StoreUnderTest } from '#test/stores';

import { idsIn, storePlace, things } from './store-place.ts';

const Thing = defineEntity({
  name: 'Thing',
  tableName: 'things',
  properties: { id: p.string().primary(), n: p.bigint('number'), note: p.string().nullable() },
});

const Box = defineEntity({
  name: 'Box',
  tableName: 'boxes',
  properties: {
    id: p.string().primary(),
    labels: p.json<{ colour: string }>().columnType('text'),
    filledAt: p.string().nullable(),
    version: p.integer().version(),
    lids: () => p.oneToMany(Lid).mappedBy('box').orphanRemoval(),
  },
});

const Lid = defineEntity({
  name: 'Lid',
  tableName: 'lids',
  properties: { id: p.string().primary(), box: () => p.manyToOne(Box) },
});

const boxes = migration('0002-boxes', [
  'create table boxes (id text primary key, labels text not null, filled_at text, version integer not null default 1)',
  'create table lids (id text primary key, box_id text not null references boxes (id))',
]);

const definition = { entities: [Thing, Box, Lid], migrations: [things, boxes] };

/** What every store does with MikroORM's entity managers. */
export function entitiesOfAStore(on: StoreUnderTest): void {
  test(`${on.name}: entities and sql see each other in one transaction`, async (t) => {
    const store = await (await storePlace(on, t)).open({ definition });
    await store.write(async (tx) => {
      const em = entities(tx);
      assert.equal(entities(tx), em);
      em.create(Thing, { id: 'orm', n: 2 ** 53 - 1 });
      await em.flush();
      await tx.sql`insert into things (id, n) values (${'sql'}, ${2 ** 53 - 1})`;
      const [row] = await tx.sql<{ n: number }>`select n from things where id = ${'orm'}`;
      assert.equal(row?.n, 2 ** 53 - 1);
      const found = await em.find(Thing, { n: { $gt: 0 } }, { orderBy: { id: 'asc' } });
      assert.deepEqual(
        found.map(({ id, n }) => [id, n]),
        [
          ['orm', 2 ** 53 - 1],
          ['sql', 2 ** 53 - 1],
        ],
      );
      assert.equal(await em.count(Thing), 2);
    });
    assert.deepEqual(await idsIn(store), ['orm', 'sql']);
  });

  test(`${on.name}: what a work leaves unflushed is written with it, or undone with it`, async (t) => {
    const store = await (await storePlace(on, t)).open({ definition });
    await store.write((tx) => {
      entities(tx).create(Thing, { id: 'kept', n: 1 });
    });
    const undone = store.write((tx) => {
      entities(tx).create(Thing, { id: 'lost', n: 1 });
      throw new Error('undo');
    });
    await assert.rejects(undone, /undo/);
    assert.deepEqual(await idsIn(store), ['kept']);
  });

  test(`${on.name}: entities of an undone savepoint are forgotten`, async (t) => {
    const store = await (await storePlace(on, t)).open({ definition });
    await store.write(async (tx) => {
      const em = entities(tx);
      em.create(Thing, { id: 'before', n: 1 });
      const undone = tx.savepoint(() => {
        em.create(Thing, { id: 'inside', n: 1 });
        throw new Error('undo');
      });
      await assert.rejects(undone, /undo/);
      em.create(Thing, { id: 'after', n: 1 });
    });
    assert.deepEqual(await idsIn(store), ['after', 'before']);
  });

  test(`${on.name}: transactions inside MikroORM are savepoints of ours`, async (t) => {
    const store = await (await storePlace(on, t)).open({ definition });
    await store.write(async (tx) => {
      const em = entities(tx);
      await em.transactional(async (inner) => {
        inner.create(Thing, { id: 'a', n: 1 });
      });
      const twice = em.transactional(async (inner) => {
        inner.create(Thing, { id: 'b', n: 1 });
        await inner.flush();
        await tx.sql`insert into things (id, n) values (${'a'}, ${1})`;
      });
      await assert.rejects(twice);
      await tx.sql`insert into things (id, n) values (${'c'}, ${1})`;
    });
    assert.deepEqual(await idsIn(store), ['a', 'c']);
  });

  test(`${on.name}: a broken constraint of an entity undoes its work and no other`, async (t) => {
    const store = await (await storePlace(on, t)).open({ definition });
    const create = (id: string, n: number) =>
      store.write((tx) => {
        entities(tx).create(Thing, { id, n });
      });
    const [good, negative, same] = await Promise.allSettled([
      create('a', 1),
      create('b', -1),
      create('a', 2),
    ]);
    assert.deepEqual(
      [good, negative, same].map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    );
    assert.deepEqual(await idsIn(store), ['a']);
  });

  test(`${on.name}: aggregates with JSON, times, lines and versions`, async (t) => {
    const store = await (await storePlace(on, t)).open({ definition });
    const filledAt = '2026-02-03T04:05:06.789Z';
    await store.write((tx) => {
      const em = entities(tx);
      const box = em.create(Box, { id: 'box', labels: { colour: 'red' }, filledAt });
      box.lids.add(em.create(Lid, { id: 'lid-1', box }), em.create(Lid, { id: 'lid-2', box }));
    });
    await store.write(async (tx) => {
      const em = entities(tx);
      const box = await em.findOneOrFail(Box, 'box', {
        populate: ['lids'],
        lockMode: LockMode.PESSIMISTIC_WRITE,
      });
      box.labels = { colour: 'blue' };
      box.lids.remove(({ id }) => id === 'lid-1');
    });
    const read = entities(store.reader);
    const box = await read.findOneOrFail(Box, 'box', { populate: ['lids'] });
    assert.deepEqual(
      [box.labels, box.filledAt, box.version, box.lids.getItems().map(({ id }) => id)],
      [{ colour: 'blue' }, filledAt, 2, ['lid-2']],
    );
    const stale = store.write(async (tx) => {
      await entities(tx).findOneOrFail(Box, 'box', {
        lockMode: LockMode.OPTIMISTIC,
        lockVersion: 1,
      });
    });
    await assert.rejects(stale, OptimisticLockError);
  });

  test(`${on.name}: entities of a reader cannot be written`, async (t) => {
    const store = await (await storePlace(on, t)).open({ definition });
    const em = entities(store.reader);
    em.create(Thing, { id: 'a', n: 1 });
    await assert.rejects(em.flush(), TransactionMisuse);
    await assert.rejects(entities(store.reader).insert(Thing, { id: 'a', n: 1 }));
    assert.deepEqual(await idsIn(store), []);
  });
}
