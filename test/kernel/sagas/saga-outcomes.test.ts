import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { storesUnderTest } from '#test/stores';
import type { Ending } from '#test/temp-folder';

import { freshPlace } from './place.ts';
import { type Office, openOffice } from './trip-office.ts';
import { type Mishap, stepNames, type Trip, type TripOptions, tripSaga } from './trip-saga.ts';

for (const on of storesUnderTest()) {
  const trying = async (t: Ending, options: TripOptions = {}) => {
    const { place, ledger } = await freshPlace(t, on);
    const office = await openOffice({ place, definitions: [tripSaga(ledger, options)] });
    t.after(() => office.close());
    office.engine.start();
    return { ledger, office };
  };

  suite(`what becomes of a saga, on ${on.name}`, () => {
    test('steps run in order, and each one sees what those before it found', async (t) => {
      const { ledger, office } = await trying(t);
      await office.begin(trip());
      const saga = await office.ended('t1');
      assert.equal(saga.status, 'completed');
      assert.deepEqual((saga.state as Trip).done, [...stepNames]);
      assert.deepEqual(
        ledger.effects(),
        stepNames.map((name) => `t1 ${name}`),
      );
      assert.deepEqual(await office.notes('t1'), times(stepNames));
      assert.deepEqual(
        saga.steps.map(({ step, outcome, attempts }) => ({ step, outcome, attempts })),
        stepNames.map((step) => ({ step, outcome: 'done', attempts: 1 })),
      );
    });

    test('a saga that is started twice runs once, also after it has ended', async (t) => {
      const { ledger, office } = await trying(t);
      await Promise.all([office.begin(trip()), office.begin(trip())]);
      await office.ended('t1');
      await office.begin(trip());
      await office.begin({ id: 't2', mishaps: {} });
      await office.ended('t2');
      assert.equal(ledger.effects().length, 2 * stepNames.length);
      assert.deepEqual(await office.notes('t1'), times(stepNames));
    });

    for (const [n, name] of stepNames.entries()) {
      for (const refusal of ['refused', 'refused in commit'] as const) {
        test(`${name} ${refusal}: the steps before it are undone in reverse`, async (t) => {
          const { ledger, office } = await trying(t);
          await office.begin(trip({ [name]: refusal }));
          const saga = await office.ended('t1');
          assert.equal(saga.status, 'undone');
          assert.equal(saga.problem?.code, 'fully_booked');
          const before = stepNames.slice(0, n);
          const undone = before.toReversed().map((step) => `undo ${step}`);
          const ran = refusal === 'refused' ? before : stepNames.slice(0, n + 1);
          const effects = [...ran, ...undone].map((what) => `t1 ${what}`);
          assert.deepEqual(ledger.effects(), effects);
          const committed = [...before, ...undone, 'undone: fully_booked'];
          assert.deepEqual(await office.notes('t1'), times(committed));
        });
      }
    }

    for (const weather of ['answer lost once', 'closed twice'] as const) {
      test(`${weather}: the step is asked again with the same key, and the saga goes on`, async (t) => {
        const { ledger, office } = await trying(t);
        await office.begin(trip({ hotel: weather }));
        assert.equal((await office.ended('t1')).status, 'completed');
        const bookings = stepNames.map((name) => `t1 ${name}`);
        assert.deepEqual(ledger.effects().filter(Boolean), bookings);
        assert.deepEqual(await office.notes('t1'), times(stepNames));
      });
    }

    for (const [what, mishap, code] of [
      ['never answers', 'silent', 'saga_step_unanswered'],
      ['loses every answer', 'answer lost', 'saga_step_unanswered'],
      ['stays closed', 'closed', 'closed'],
    ] as const) {
      test(`a step that ${what} may have happened: it is undone too`, async (t) => {
        const { ledger, office } = await trying(t, { timeoutMs: 15 });
        await office.begin(trip({ car: mishap }));
        const saga = await office.ended('t1');
        assert.equal(saga.status, 'undone');
        const undone = ['car', 'hotel', 'flight'].map((name) => `undo ${name}`);
        assert.deepEqual(
          ledger.effects().slice(-3),
          undone.map((name) => `t1 ${name}`),
        );
        const committed = ['flight', 'hotel', ...undone, `undone: ${code}`];
        assert.deepEqual(await office.notes('t1'), times(committed));
        const car = saga.steps.find(
          ({ step, direction }) => step === 'car' && direction === 'forward',
        );
        assert.deepEqual([car?.outcome, car?.attempts], ['unknown', 4]);
      });
    }

    test('a refused pivot still undoes the steps before it', async (t) => {
      const { ledger, office } = await trying(t, { pivot: 'hotel' });
      await office.begin(trip({ hotel: 'refused' }));
      assert.equal((await office.ended('t1')).status, 'undone');
      assert.deepEqual(ledger.effects(), ['t1 flight', 't1 undo flight']);
    });

    for (const mishap of ['refused', 'answer lost', 'closed'] as const satisfies Mishap[]) {
      test(`after the pivot a step that is ${mishap} is retried, then a person is asked`, async (t) => {
        const { ledger, office } = await trying(t, { pivot: 'hotel' });
        await office.begin(trip({ car: mishap }));
        const saga = await office.ended('t1');
        assert.deepEqual([saga.status, saga.step, saga.attempts], ['manual', 'car', 4]);
        assert.equal(saga.steps.at(-1)?.attempts, 4);
        assert.equal(
          ledger.effects().some((what) => what.includes('undo')),
          false,
        );
        assert.deepEqual(alarms(office), ['a saga needs a person']);
      });
    }

    test('an undo that fails twice is tried again, and the saga ends undone', async (t) => {
      const { ledger, office } = await trying(t);
      await office.begin({ ...trip({ car: 'refused' }), undoMishaps: { hotel: 'closed twice' } });
      assert.equal((await office.ended('t1')).status, 'undone');
      const effects = ['flight', 'hotel', 'undo hotel', 'undo flight'].map((what) => `t1 ${what}`);
      assert.deepEqual(ledger.effects().filter(Boolean), effects);
      assert.deepEqual(alarms(office), []);
    });

    test('an undo that always fails: the others still run, and a person learns which one', async (t) => {
      const { ledger, office } = await trying(t);
      await office.begin({ ...trip({ ticket: 'refused' }), undoMishaps: { hotel: 'closed' } });
      const saga = await office.ended('t1');
      assert.deepEqual([saga.status, saga.step], ['manual', 'hotel']);
      assert.deepEqual(ledger.effects().slice(3), ['t1 undo car', 't1 undo flight']);
      const undos = saga.steps.filter(({ direction }) => direction === 'back');
      assert.deepEqual(
        undos.map(({ step, outcome, problem }) => [step, outcome, problem?.code]),
        [
          ['car', 'done', undefined],
          ['hotel', 'unknown', 'closed'],
          ['flight', 'done', undefined],
        ],
      );
      assert.deepEqual(alarms(office), ['a saga needs a person']);
    });
  });
}

function trip(mishaps: Trip['mishaps'] = {}): Trip {
  return { id: 't1', mishaps };
}

/** Each of these committed exactly once. */
function times(whats: readonly string[]): Record<string, number> {
  return Object.fromEntries(whats.map((what) => [what, 1]));
}

function alarms(office: Office): string[] {
  return office.said.filter(({ level }) => level === 'error').map(({ msg }) => msg);
}
