import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { defineSaga } from '#kernel/sagas/define-saga';
import { storesUnderTest } from '#test/stores';
import type { Ending } from '#test/temp-folder';

import { freshPlace } from './place.ts';
import { type Office, openOffice } from './trip-office.ts';
import { impatient, type Trip, type TripOptions, tripSaga, trips } from './trip-saga.ts';

const once = (...whats: string[]) => Object.fromEntries(whats.map((what) => [what, 1]));

for (const on of storesUnderTest()) {
  /** One trip with its mishaps, parked where it needs a person. */
  const parked = async (t: Ending, trip: Omit<Trip, 'id'>, options?: TripOptions) => {
    const { place, ledger, ending } = await freshPlace(t, on);
    const office = await openOffice({ place, definitions: [tripSaga(ledger, options)] });
    ending.after(() => office.close());
    office.engine.start();
    await office.begin({ id: 't1', ...trip });
    assert.equal((await office.ended('t1')).status, 'manual');
    return { office, ledger, place };
  };
  const why = (words: RegExp) => (error: { code?: string; details?: { why: string } }) =>
    error.code === 'saga_not_resolvable' && words.test(error.details?.why ?? '');
  const isStill = async (office: Office, status: string) =>
    assert.equal((await office.operator.show('t1'))?.status, status);

  suite(`sagas that people end, on ${on.name}`, () => {
    test('as completed: what is left takes effect in the module’s rows, and nowhere else', async (t) => {
      const { office, ledger } = await parked(
        t,
        { mishaps: { car: 'closed' } },
        { pivot: 'hotel' },
      );
      assert.equal(await office.operator.resolve('t1', 'completed', 'booked by hand'), true);
      await isStill(office, 'completed');
      assert.deepEqual(await office.notes('t1'), once('flight', 'hotel', 'car', 'ticket'));
      assert.deepEqual(ledger.effects(), ['t1 flight', 't1 hotel']);
    });

    test('as undone: what was done is undone in the module’s rows, and nowhere else', async (t) => {
      const { office, ledger } = await parked(
        t,
        { mishaps: { car: 'closed' } },
        { pivot: 'hotel' },
      );
      assert.equal(await office.operator.resolve('t1', 'undone', 'cancelled by phone'), true);
      await isStill(office, 'undone');
      const undos = ['undo car', 'undo hotel', 'undo flight'];
      const end = 'undone: saga_resolved_by_hand';
      assert.deepEqual(await office.notes('t1'), once('flight', 'hotel', ...undos, end));
      assert.deepEqual(ledger.effects(), ['t1 flight', 't1 hotel']);
    });

    test('a saga that goes back ends as undone only, with the reason for which it went', async (t) => {
      const undoMishaps = { hotel: 'closed' } as const;
      const { office } = await parked(t, { mishaps: { car: 'refused' }, undoMishaps });
      const completed = office.operator.resolve('t1', 'completed', 'booked by hand');
      await assert.rejects(completed, why(/goes back/));
      await isStill(office, 'manual');
      assert.equal(await office.operator.resolve('t1', 'undone', 'cancelled by phone'), true);
      const undos = ['undo hotel', 'undo flight', 'undone: fully_booked'];
      assert.deepEqual(await office.notes('t1'), once('flight', 'hotel', ...undos));
    });

    test('what the module’s rows refuse is not ended so, and nothing of it is written', async (t) => {
      const mishaps = { car: 'closed', ticket: 'refused in commit' } as const;
      const { office } = await parked(t, { mishaps }, { pivot: 'hotel' });
      const completed = office.operator.resolve('t1', 'completed', 'booked by hand');
      await assert.rejects(completed, why(/ticket: There is no place left/));
      await isStill(office, 'manual');
      assert.deepEqual(await office.notes('t1'), once('flight', 'hotel'));
    });

    test('a saga that only goes forward, and knows no other end, does not end as undone', async (t) => {
      const { place, ending } = await freshPlace(t, on);
      const run = () => {
        throw trips.errors.closed();
      };
      const steps = [{ name: 'pay', run, pivot: true as const, retry: impatient }];
      const definitions = [defineSaga<Trip>('trip', { version: 1, steps })];
      const office = await openOffice({ place, definitions });
      ending.after(() => office.close());
      office.engine.start();
      await office.begin({ id: 't1', mishaps: {} });
      await office.ended('t1');
      const undone = office.operator.resolve('t1', 'undone', 'not paid');
      await assert.rejects(undone, why(/only goes forward/));
      await isStill(office, 'manual');
    });

    test('without its definition a saga is neither ended nor resumed', async (t) => {
      const { office: before, place } = await parked(
        t,
        { mishaps: { car: 'closed' } },
        { pivot: 'hotel', version: 7 },
      );
      await before.close();
      const office = await openOffice({ place, definitions: [] });
      t.after(() => office.close());
      for (const outcome of ['completed', 'undone'] as const) {
        const ended = office.operator.resolve('t1', outcome, 'somehow');
        await assert.rejects(ended, why(/version 7/));
      }
      assert.equal(await office.operator.resume('t1'), false);
      await isStill(office, 'manual');
    });
  });
}
