import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { defineSaga } from '#kernel/sagas/define-saga';
import { execute } from '#test/database';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { freshPlace } from './place.ts';
import { spawnChild } from './spawn-child.ts';
import { leaseMs, openOffice } from './trip-office.ts';
import { stepNames, type Trip, tripSaga } from './trip-saga.ts';

const once = Object.fromEntries(stepNames.map((name) => [name, 1]));
const hourMs = 3_600_000;

// Several processes on one module need PostgreSQL: SQLite refuses the second.
for (const on of storesUnderTest().filter(({ name }) => name === 'postgres')) {
  suite(`several engines on one ${on.name}`, () => {
    test('two engines share a hundred sagas, and no saga is ever in two hands', async (t) => {
      const { place, ending } = await freshPlace(t, on);
      const inHands = new Map<string, string>();
      const shared: string[] = [];
      const workers = new Map<string, number>();
      const relay = (instance: string) => {
        const run = async (_: unknown, { id }: { id: string }) => {
          if (inHands.has(id)) shared.push(id);
          inHands.set(id, instance);
          await new Promise((resolve) => setImmediate(resolve));
          inHands.delete(id);
          workers.set(instance, (workers.get(instance) ?? 0) + 1);
        };
        const steps = [1, 2, 3].map((n) => ({ name: `leg${n}`, run }));
        return [defineSaga<{ id: string }>('relay', { version: 1, steps })];
      };
      // A lease that a busy machine does not let run out.
      const pace = { concurrency: 8, leaseMs: 10_000 };
      const [one, two] = await Promise.all(
        ['one', 'two'].map((instance) =>
          openOffice({ place, definitions: relay(instance), instance, pace }),
        ),
      );
      ending.after(() => Promise.all([one?.close(), two?.close()]).then(() => undefined));
      const ids = Array.from({ length: 100 }, (_, n) => `relay-${n}`);
      for (const id of ids) await one?.begin({ id, mishaps: {} }, 'relay');
      one?.engine.start();
      two?.engine.start();
      for (const id of ids) assert.equal((await one?.ended(id))?.status, 'completed');
      assert.deepEqual(shared, []);
      assert.equal((workers.get('one') ?? 0) + (workers.get('two') ?? 0), 300);
      assert.equal(workers.size, 2, 'both took part');
    });

    test('a stopped process that comes back after its lease finds its late write refused', async (t) => {
      const { place, ledger, ending } = await freshPlace(t, on);
      const trip: Trip = { id: 't1', mishaps: { hotel: 'blocks' } };
      const child = spawnChild(ending, { place, ledger: ledger.folder, begin: [trip], leaseMs });
      await until(() => ledger.marked('at t1 hotel'), { what: 'the child to be in its step' });
      child.process.kill('SIGSTOP');
      const office = await openOffice({ place, definitions: [tripSaga(ledger)] });
      ending.after(() => office.close());
      ledger.mark('open');
      office.engine.start();
      assert.equal((await office.ended('t1')).status, 'completed');
      child.process.kill('SIGCONT');
      await until(() => child.said().includes('a saga is led elsewhere'), { what: 'the refusal' });
      assert.deepEqual(await office.notes('t1'), once);
      assert.deepEqual(
        ledger.effects(),
        stepNames.map((name) => `t1 ${name}`),
      );
      assert.equal(ledger.askedFor('saga:trips.trip:t1:hotel'), 2);
    });

    for (const skewMs of [hourMs, -hourMs]) {
      test(`a host whose clock is off by ${skewMs} ms steals no lease and does its work`, async (t) => {
        const { place, ledger, ending } = await freshPlace(t, on);
        const definitions = [tripSaga(ledger)];
        // A lease that a busy machine does not let run out.
        const pace = { leaseMs: 2_000 };
        const right = await openOffice({ place, definitions, pace });
        const clock = { now: () => Date.now() + skewMs };
        const skewed = await openOffice({ place, definitions, clock, pace });
        ending.after(() => Promise.all([right.close(), skewed.close()]).then(() => undefined));
        right.engine.start();
        await right.begin({ id: 't1', mishaps: { hotel: 'waits' } });
        await until(() => ledger.marked('at t1 hotel'));
        skewed.engine.start();
        const leased = await leaseUntil(place.url);
        const renewedTwice = async () => (await leaseUntil(place.url)) > leased + 2 * pace.leaseMs;
        await until(renewedTwice, { what: 'the lease to outlive itself twice' });
        await skewed.begin({ id: 't2', mishaps: { car: 'closed twice' } });
        assert.equal((await skewed.ended('t2')).status, 'completed');
        ledger.mark('open');
        assert.equal((await right.ended('t1')).status, 'completed');
        assert.equal(ledger.askedFor('saga:trips.trip:t1:hotel'), 1);
        assert.deepEqual(await right.notes('t1'), once);
      });
    }

    test('every connection broken off three times: all sagas end, each step once', async (t) => {
      const { place, ledger, ending } = await freshPlace(t, on);
      const retry = { attempts: 50 };
      const office = await openOffice({ place, definitions: [tripSaga(ledger, { retry })] });
      ending.after(() => office.close());
      office.engine.start();
      const ids = Array.from({ length: 20 }, (_, n) => `t${n}`);
      const sent = ids.map((id) => office.begin({ id, mishaps: { car: 'waits' } }));
      await Promise.all(sent);
      for (let n = 0; n < 3; n += 1) {
        await until(() => breakConnections(place.url), { what: 'connections to break' });
        if (n === 1) ledger.mark('open');
      }
      for (const id of ids) {
        assert.equal((await office.ended(id)).status, 'completed');
        assert.deepEqual(await office.notes(id), once);
      }
      assert.equal(ledger.effects().length, ids.length * stepNames.length);
    });
  });
}

/** By the database's clock. */
async function leaseUntil(url = ''): Promise<number> {
  const [row] = await execute(url, `select lease_until from trips.sagas where id = 't1'`);
  return Number((row as { lease_until: string }).lease_until);
}

/** Answers how many sessions of this database it ended. */
async function breakConnections(url = ''): Promise<number> {
  const ended = await execute(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  return ended.length;
}
