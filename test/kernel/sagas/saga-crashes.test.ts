import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { type StoreUnderTest, storesUnderTest } from '#test/stores';
import type { Ending } from '#test/temp-folder';

import { freshPlace } from './place.ts';
import { spawnChild } from './spawn-child.ts';
import { leaseMs, openOffice } from './trip-office.ts';
import { stepNames, type Trip, tripSaga } from './trip-saga.ts';

const undos = ['undo car', 'undo hotel', 'undo flight'];
const booked = { id: 'booked', mishaps: {} } satisfies Trip;
const refused = { id: 'refused', mishaps: { ticket: 'refused' } } satisfies Trip;

/** The same whatever happens on the way: what takes effect, in order, and what is committed. */
const outcomes: Record<string, { status: string; effects: string[]; notes: string[] }> = {
  booked: { status: 'completed', effects: [...stepNames], notes: [...stepNames] },
  refused: {
    status: 'undone',
    effects: [...stepNames.slice(0, 3), ...undos],
    notes: [...stepNames.slice(0, 3), ...undos, 'undone: fully_booked'],
  },
};

/** Each place where a saga may die, and a passage of it: of step, undo or ending. */
const deaths = [
  [booked, ['saga.before-step#1', 'saga.after-run#1', 'saga.after-run#4']],
  [booked, ['saga.after-commit#2', 'saga.after-commit#4']],
  [refused, ['saga.before-undo#1', 'saga.mid-undo#1', 'saga.mid-undo#3', 'saga.mid-undo#4']],
  [refused, ['saga.after-undo#1', 'saga.after-undo#2', 'saga.after-undo#3']],
] as const;

for (const on of storesUnderTest()) {
  suite(`a saga whose process dies, on ${on.name}`, { concurrency: 2 }, () => {
    for (const [trip, points] of deaths) {
      for (const point of points) {
        test(`SIGKILL at ${point}: the same outcome, each effect once`, (t) =>
          dieAndRecover(t, on, [trip], [point]));
      }
    }

    test('SIGKILL three times during recovery: twenty sagas still end as they should', (t) => {
      const trips = Array.from({ length: 10 }, (_, n) => [
        { ...booked, id: `booked-${n}` },
        { ...refused, id: `refused-${n}` },
      ]).flat();
      return dieAndRecover(t, on, trips, [
        'saga.after-claim',
        'saga.mid-undo#5',
        'saga.after-claim',
      ]);
    });
  });
}

/** On SQLite nobody else can be alive, so a start waits for no lease: one of an hour proves it. */
const leaseOn = { sqlite: 3_600_000, postgres: leaseMs };

async function dieAndRecover(
  t: Ending,
  on: StoreUnderTest,
  trips: readonly Trip[],
  points: readonly string[],
): Promise<void> {
  const { place, ledger, ending } = await freshPlace(t, on);
  for (const [n, point] of points.entries()) {
    const begin = n === 0 ? trips : [];
    const beginsBefore = point.includes('claim');
    const task = { place, ledger: ledger.folder, begin, beginsBefore, leaseMs: leaseOn[on.name] };
    const child = spawnChild(ending, task, point);
    assert.equal(await child.ended, 'SIGKILL', child.said());
  }
  const office = await openOffice({ place, definitions: [tripSaga(ledger)] });
  ending.after(() => office.close());
  office.engine.start();
  for (const { id } of trips) {
    const { status, effects, notes } = outcomes[
      id.split('-')[0] as string
    ] as (typeof outcomes)[''];
    assert.equal((await office.ended(id)).status, status);
    const ours = ledger.effects().filter((effect) => effect.startsWith(`${id} `));
    assert.deepEqual(
      ours,
      effects.map((effect) => `${id} ${effect}`),
    );
    const committed = Object.fromEntries(notes.map((note) => [note, 1]));
    assert.deepEqual(await office.notes(id), committed);
  }
}
