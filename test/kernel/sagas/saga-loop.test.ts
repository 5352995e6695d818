import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { defineSaga } from '#kernel/sagas/define-saga';
import { pruneSagas } from '#kernel/sagas/prune-sagas';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { freshPlace } from './place.ts';
import { openOffice } from './trip-office.ts';
import { stepNames, type Trip, tripSaga } from './trip-saga.ts';

const once = Object.fromEntries(stepNames.map((name) => [name, 1]));
const hourMs = 3_600_000;
const nobody = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false };

for (const on of storesUnderTest()) {
  suite(`the loop that leads sagas, on ${on.name}`, () => {
    test('a stop gives the leases back: the next engine goes on at once, and no try is lost', async (t) => {
      const { place, ledger, ending } = await freshPlace(t, on);
      // Nobody would wait for these leases to run out.
      const pace = { leaseMs: hourMs };
      const definitions = [tripSaga(ledger, { retry: { attempts: 1 } })];
      const first = await openOffice({ place, definitions, pace });
      first.engine.start();
      await first.begin({ id: 't1', mishaps: { hotel: 'waits' } });
      await until(() => ledger.marked('at t1 hotel'));
      await first.engine.stop(0);
      await first.begin({ id: 't2', mishaps: {} });
      await first.close();

      ledger.mark('open');
      const second = await openOffice({ place, definitions, pace });
      ending.after(() => second.close());
      second.engine.start();
      for (const id of ['t1', 't2']) {
        assert.equal((await second.ended(id)).status, 'completed');
        assert.deepEqual(await second.notes(id), once);
      }
    });

    test('a saga ends on the version that it began with; new ones begin with the newest', async (t) => {
      const { place, ledger, ending } = await freshPlace(t, on);
      const old = tripSaga(ledger, { version: 1 });
      const short = tripSaga(ledger, { version: 2, steps: ['flight', 'hotel'] });
      const before = await openOffice({ place, definitions: [old] });
      before.engine.start();
      await before.begin({ id: 'old', mishaps: { hotel: 'waits' } });
      await until(() => ledger.marked('at old hotel'));
      await before.engine.stop(0);
      await before.close();

      ledger.mark('open');
      const after = await openOffice({ place, definitions: [short, old] });
      ending.after(() => after.close());
      after.engine.start();
      await after.begin({ id: 'new', mishaps: {} });
      assert.equal((await after.ended('old')).version, 1);
      assert.deepEqual(await after.notes('old'), once);
      assert.equal((await after.ended('new')).version, 2);
      assert.deepEqual(await after.notes('new'), { flight: 1, hotel: 1 });
    });

    test('a saga of a version that nobody has is left alone, and people are told', async (t) => {
      const { place, ledger, ending } = await freshPlace(t, on);
      const before = await openOffice({ place, definitions: [tripSaga(ledger, { version: 7 })] });
      await before.begin({ id: 'strange', mishaps: {} });
      await before.close();

      const after = await openOffice({ place, definitions: [tripSaga(ledger)] });
      ending.after(() => after.close());
      after.engine.start();
      await after.begin({ id: 'known', mishaps: {} });
      await after.ended('known');
      const warned = ({ msg }: { msg: string }) => msg.includes('unknown version');
      await until(() => after.said.some(warned), { what: 'the warning' });
      assert.equal(after.said.filter(warned).length, 1);
      const [strange] = await after.operator.list({ status: 'running', limit: 10 });
      assert.deepEqual([strange?.id, strange?.version], ['strange', 7]);
      assert.equal(
        ledger.effects().some((effect) => effect.startsWith('strange')),
        false,
      );
    });

    test('a waiting saga is woken by a transaction, also one that comes in the midst of a try', async (t) => {
      const { place, ledger, ending } = await freshPlace(t, on);
      const retry = { attempts: 9, firstDelayMs: hourMs, maxDelayMs: hourMs };
      const run = async (_: unknown, { id }: { id: string }) => {
        ledger.effect(`try ${id}`, '');
        if (ledger.askedFor(`try ${id}`) === 1) {
          ledger.mark('trying');
          await until(() => ledger.marked('woken'));
        }
        if (ledger.askedFor(`try ${id}`) < 3) throw new Error('not yet');
      };
      const steps = [{ name: 'wait', run, retry }];
      const definitions = [defineSaga<Trip>('sleeper', { version: 1, steps })];
      const office = await openOffice({ place, definitions });
      ending.after(() => office.close());
      office.engine.start();
      const wake = () => office.write(nobody, (tx) => tx.wakeSaga({ name: 'sleeper' }, 's1'));
      await office.begin({ id: 's1', mishaps: {} }, 'sleeper');
      await until(() => ledger.marked('trying'));
      await wake();
      ledger.mark('woken');
      const isWaiting = async () =>
        (await office.operator.show('s1'))?.problem?.title === 'not yet';
      await until(async () => ledger.askedFor('try s1') === 2 && (await isWaiting()));
      // It may still be within its second try: then this wakes it in the midst of that one.
      await wake();
      assert.equal((await office.ended('s1')).status, 'completed');
      assert.equal(ledger.askedFor('try s1'), 3);
    });

    test('a saga that is claimed in the transaction that lets go of it is led at once', async (t) => {
      const { place, ending } = await freshPlace(t, on);
      const [trying, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()];
      let tries = 0;
      const run = async () => {
        tries += 1;
        if (tries > 1) return;
        trying.resolve();
        await closed.promise;
      };
      const definitions = [
        defineSaga<Trip>('woken', { version: 1, steps: [{ name: 'only', run }] }),
        defineSaga<Trip>('other', { version: 1, steps: [{ name: 'only', run: () => undefined }] }),
      ];
      // Nobody would wait for these leases to run out, nor for a look without a hint.
      const pace = { leaseMs: hourMs, pollMs: hourMs };
      const office = await openOffice({ place, definitions, pace });
      ending.after(() => office.close());
      await office.write(nobody, (tx) => {
        tx.startSaga({ name: 'woken' }, 'w', {});
        tx.startSaga({ name: 'other' }, 'o', {}, { afterMs: hourMs });
      });
      office.engine.start();
      await trying.promise;
      const [woken, other] = [
        { name: 'woken', id: 'w' },
        { name: 'other', id: 'o' },
      ];
      await office.store.write((raw) => office.engine.wakeRows(raw, [woken, other]));
      // Among the immediates: what is asked of the writer now, and by timers that are due, is one group.
      await new Promise((resolve) => setImmediate(resolve));
      office.engine.moved([other]);
      const dueAt = performance.now() + 5;
      while (performance.now() < dueAt);
      closed.reject(new Error('closed'));
      assert.equal((await office.ended('o')).status, 'completed');
      assert.equal((await office.ended('w')).status, 'completed');
      assert.equal(tries, 2);
    });

    test('only sagas that ended long ago are pruned, a few at a time', async (t) => {
      const { place, ledger, ending } = await freshPlace(t, on);
      const definitions = [tripSaga(ledger, { pivot: 'flight' })];
      const office = await openOffice({ place, definitions });
      ending.after(() => office.close());
      await office.begin({ id: 'running', mishaps: { car: 'waits' } });
      office.engine.start();
      for (const id of ['a', 'b', 'c']) await office.begin({ id, mishaps: {} });
      await office.begin({ id: 'manual', mishaps: { car: 'refused' } });
      for (const id of ['a', 'b', 'c', 'manual']) await office.ended(id);
      await until(() => ledger.marked('at running car'));

      const prune = (before: number) => office.store.write((raw) => pruneSagas(raw, before, 2));
      const now = await office.store.now();
      assert.equal(await prune(now - hourMs), 0);
      assert.equal(await prune(now + hourMs), 2);
      assert.equal(await prune(now + hourMs), 1);
      const left = await office.operator.list({ limit: 10 });
      assert.deepEqual(
        left.map(({ id }) => id),
        ['manual', 'running'],
      );
      ledger.mark('open');
    });
  });
}
