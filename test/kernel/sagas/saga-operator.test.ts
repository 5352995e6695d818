import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { storesUnderTest } from '#test/stores';
import type { Ending } from '#test/temp-folder';
import { until } from '#test/until';

import { freshPlace } from './place.ts';
import { openOffice } from './trip-office.ts';
import { stepNames, tripSaga } from './trip-saga.ts';

const hourMs = 3_600_000;

for (const on of storesUnderTest()) {
  const opened = async (t: Ending) => {
    const { place, ledger, ending } = await freshPlace(t, on);
    const alarms: string[] = [];
    const definitions = [
      tripSaga(ledger, { pivot: 'hotel' }),
      tripSaga(ledger, { name: 'otherTrip' }),
      tripSaga(ledger, {
        name: 'slowTrip',
        retry: { attempts: 9, firstDelayMs: hourMs, maxDelayMs: hourMs },
      }),
    ];
    const onManual = ({ name, id }: { name: string; id: string }) => alarms.push(`${name} ${id}`);
    const open = () => openOffice({ place, definitions, onManual });
    const office = await open();
    ending.after(() => office.close());
    office.engine.start();
    return { ledger, alarms, office, open, ending };
  };

  suite(`people and sagas, on ${on.name}`, () => {
    test('a saga parked after its pivot goes on where it stands when a person resumes it', async (t) => {
      const { ledger, alarms, office } = await opened(t);
      await office.begin({ id: 't1', mishaps: { car: 'closed until opened' } });
      assert.equal((await office.ended('t1')).status, 'manual');
      assert.deepEqual(alarms, ['trip t1']);
      assert.equal(await office.operator.resume('t1'), true);
      await until(() => alarms.length === 2, { what: 'the second alarm' });
      ledger.mark('open');
      assert.equal(await office.operator.resume('t1'), true);
      assert.equal((await office.ended('t1')).status, 'completed');
      assert.deepEqual(
        ledger.effects(),
        stepNames.map((name) => `t1 ${name}`),
      );
      assert.equal(await office.operator.resume('t1'), false);
    });

    test('a process that starts raises the alarm of sagas that were parked before', async (t) => {
      const { alarms, office, open, ending } = await opened(t);
      await office.begin({ id: 't1', mishaps: { car: 'refused' } });
      await office.ended('t1');
      await office.close();
      const next = await open();
      ending.after(() => next.close());
      next.engine.start();
      await until(() => alarms.length === 2, { what: 'the alarm' });
      assert.deepEqual(alarms, ['trip t1', 'trip t1']);
    });

    test('resuming tries again what could not be undone, and nothing else', async (t) => {
      const { ledger, office } = await opened(t);
      const undoMishaps = { hotel: 'closed until opened' } as const;
      await office.begin({ id: 't1', mishaps: { ticket: 'refused' }, undoMishaps }, 'otherTrip');
      assert.equal((await office.ended('t1')).status, 'manual');
      ledger.mark('open');
      assert.equal(await office.operator.resume('t1'), true);
      const saga = await office.ended('t1');
      assert.equal(saga.status, 'undone');
      assert.deepEqual(ledger.effects().slice(3), [
        't1 undo car',
        't1 undo flight',
        't1 undo hotel',
      ]);
      const notes = await office.notes('t1');
      assert.deepEqual([notes['undo flight'], notes['undone: fully_booked']], [1, 1]);
    });

    test('a waiting saga is tried at once when a person resumes it', async (t) => {
      const { ledger, office } = await opened(t);
      await office.begin({ id: 't1', mishaps: { car: 'closed until opened' } }, 'slowTrip');
      const problem = async () => (await office.operator.show('t1'))?.problem;
      await until(async () => (await problem())?.code === 'closed');
      ledger.mark('open');
      assert.equal(await office.operator.resume('t1'), true);
      assert.equal((await office.ended('t1')).status, 'completed');
    });

    test('resolved as undone: the module learns it in the same transaction, once', async (t) => {
      const { office } = await opened(t);
      await office.begin({ id: 't1', mishaps: { car: 'refused' } });
      await office.ended('t1');
      const both = await Promise.all([
        office.operator.resolve('t1', 'undone', 'cancelled by phone'),
        office.operator.resolve('t1', 'undone', 'cancelled by phone'),
      ]);
      assert.deepEqual(both.toSorted(), [false, true]);
      const saga = await office.operator.show('t1');
      assert.equal(saga?.status, 'undone');
      assert.deepEqual(saga?.steps.at(-1)?.problem, {
        code: 'resolved_by_hand',
        title: 'cancelled by phone',
      });
      const notes = await office.notes('t1');
      assert.equal(notes['undone: saga_resolved_by_hand'], 1);
    });

    test('resolved as completed: it is over, and cannot be resumed or resolved again', async (t) => {
      const { office } = await opened(t);
      await office.begin({ id: 't1', mishaps: { car: 'refused' } });
      await office.ended('t1');
      assert.equal(await office.operator.resolve('t1', 'completed', 'booked by hand'), true);
      assert.equal((await office.operator.show('t1'))?.status, 'completed');
      assert.equal(await office.operator.resume('t1'), false);
      assert.equal(await office.operator.resolve('t1', 'undone', 'or not'), false);
    });

    test('sagas are found by state and name, those that need somebody first', async (t) => {
      const { ledger, office } = await opened(t);
      await office.begin({ id: 't1', mishaps: {} }, 'otherTrip');
      await office.ended('t1');
      await office.begin({ id: 't2', mishaps: { car: 'waits' } });
      await until(() => ledger.marked('at t2 car'));
      await office.begin({ id: 't1', mishaps: { car: 'refused' } });
      await office.ended('t1');
      const found = async (filter: object) =>
        (await office.operator.list({ limit: 10, ...filter })).map(
          ({ name, id }) => `${name} ${id}`,
        );
      assert.deepEqual(await found({}), ['trip t1', 'trip t2', 'otherTrip t1']);
      assert.deepEqual(await found({ limit: 2 }), ['trip t1', 'trip t2']);
      assert.deepEqual(await found({ status: 'running' }), ['trip t2']);
      assert.deepEqual(await found({ status: 'undoing' }), []);
      assert.deepEqual(await found({ name: 'otherTrip' }), ['otherTrip t1']);
      assert.equal((await office.operator.show('t1'))?.name, 'trip');
      assert.equal((await office.operator.show('otherTrip:t1'))?.name, 'otherTrip');
      assert.equal(await office.operator.show('t3'), undefined);
      const running = await office.operator.show('t2');
      const present = running?.steps.at(-1);
      assert.deepEqual([present?.step, present?.outcome], ['car', 'started']);
      ledger.mark('open');
    });
  });
}
