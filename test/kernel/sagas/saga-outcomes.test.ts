import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';

import { storesUnderTest } from '#test/stores';

import type { Ledger } from './ledger.ts';
import { freshPlace } from './place.ts';
import { type Office, openOffice } from './trip-office.ts';
import { type Mishap, stepNames, type Trip, tripSaga } from './trip-saga.ts';

for (const on of storesUnderTest()) {
  suite(`what becomes of a saga, on ${on.name}`, () => {
    let office: Office;
    let ledger: Ledger;
    const endings: (() => void | Promise<void>)[] = [];

    before(async () => {
      const fresh = await freshPlace({ after: (end) => endings.push(end) }, on);
      ledger = fresh.ledger;
      const definitions = [
        tripSaga(ledger),
        tripSaga(ledger, { name: 'hastyTrip', timeoutMs: 15 }),
        tripSaga(ledger, { name: 'pivotTrip', pivot: 'hotel' }),
      ];
      office = await openOffice({ place: fresh.place, definitions });
      fresh.ending.after(() => office.close());
      office.engine.start();
    });
    after(async () => {
      for (const end of endings) await end();
    });

    /** Runs a saga to its end: what it then is, what took effect, and what was committed. */
    const take = async (mishaps: Trip['mishaps'], more: Partial<Trip> = {}, name?: string) => {
      const id = randomUUID();
      await office.begin({ id, mishaps, ...more }, name);
      const saga = await office.ended(id);
      const ours = ledger.effects().filter((effect) => effect.startsWith(id));
      const alarms = office.said.filter((line) => line.id === id && line.level === 'error');
      return {
        saga,
        effects: ours.map((effect) => effect.slice(id.length + 1)),
        notes: await office.notes(id),
        alarms: alarms.map(({ msg }) => msg),
      };
    };

    test('steps run in order, and each one sees what those before it found', async () => {
      const { saga, effects, notes } = await take({});
      assert.equal(saga.status, 'completed');
      assert.deepEqual((saga.state as Trip).done, stepNames);
      assert.deepEqual(effects, stepNames);
      assert.deepEqual(notes, once(stepNames));
      assert.deepEqual(
        saga.steps.map(({ step, outcome, attempts }) => ({ step, outcome, attempts })),
        stepNames.map((step) => ({ step, outcome: 'done', attempts: 1 })),
      );
    });

    test('a saga that is started twice runs once, also after it has ended', async () => {
      const trip = { id: randomUUID(), mishaps: {} };
      await Promise.all([office.begin(trip), office.begin(trip)]);
      await office.ended(trip.id);
      await office.begin(trip);
      await take({});
      assert.deepEqual(await office.notes(trip.id), once(stepNames));
      const asked = `saga:trips.trip:${trip.id}:flight`;
      assert.equal(ledger.askedFor(asked), 1);
    });

    test('a transaction that fails starts no saga', async () => {
      const id = randomUUID();
      const broken = office.write({ traceId: '', spanId: '', sampled: false }, (tx) => {
        tx.startSaga({ name: 'trip' }, id, { id, mishaps: {} });
        throw new Error('the order was refused');
      });
      await assert.rejects(broken, /the order was refused/);
      assert.equal(await office.operator.show(id), undefined);
    });

    for (const [n, name] of stepNames.entries()) {
      for (const refusal of ['refused', 'refused in commit'] as const) {
        test(`${name} ${refusal}: the steps before it are undone in reverse`, async () => {
          const { saga, effects, notes } = await take({ [name]: refusal });
          assert.equal(saga.status, 'undone');
          assert.equal(saga.problem?.code, 'fully_booked');
          const earlier = stepNames.slice(0, n);
          const undos = undoing(earlier.toReversed());
          const ran = refusal === 'refused' ? earlier : stepNames.slice(0, n + 1);
          assert.deepEqual(effects, [...ran, ...undos]);
          assert.deepEqual(notes, once([...earlier, ...undos, 'undone: fully_booked']));
        });
      }
    }

    for (const weather of ['answer lost once', 'closed twice'] as const) {
      test(`${weather}: the step is asked again with the same key`, async () => {
        const { saga, effects, notes } = await take({ hotel: weather });
        assert.equal(saga.status, 'completed');
        assert.deepEqual(effects, stepNames);
        assert.deepEqual(notes, once(stepNames));
        assert.ok(ledger.askedFor(`saga:trips.trip:${saga.id}:hotel`) >= 1);
      });
    }

    for (const [what, mishap, code] of [
      ['never answers', 'silent', 'saga_step_unanswered'],
      ['loses every answer', 'answer lost', 'saga_step_unanswered'],
      ['stays closed', 'closed', 'closed'],
    ] as const) {
      test(`a step that ${what} may have happened: it is undone too`, async () => {
        const { saga, effects, notes } = await take({ car: mishap }, {}, 'hastyTrip');
        const undos = undoing(['car', 'hotel', 'flight']);
        assert.equal(saga.status, 'undone');
        assert.deepEqual(effects.slice(-3), undos);
        assert.deepEqual(notes, once(['flight', 'hotel', ...undos, `undone: ${code}`]));
        const car = saga.steps.find((one) => one.step === 'car' && one.direction === 'forward');
        assert.deepEqual([car?.outcome, car?.attempts], ['unknown', 4]);
      });
    }

    test('a refused pivot still undoes the steps before it', async () => {
      const { saga, effects } = await take({ hotel: 'refused' }, {}, 'pivotTrip');
      assert.equal(saga.status, 'undone');
      assert.deepEqual(effects, ['flight', 'undo flight']);
    });

    for (const mishap of ['refused', 'answer lost', 'closed'] as const satisfies Mishap[]) {
      test(`after the pivot, ${mishap}: retried, then a person is asked`, async () => {
        const { saga, effects, alarms } = await take({ car: mishap }, {}, 'pivotTrip');
        assert.deepEqual([saga.status, saga.step, saga.attempts], ['manual', 'car', 4]);
        assert.equal(
          effects.some((effect) => effect.includes('undo')),
          false,
        );
        assert.deepEqual(alarms, ['a saga needs a person']);
      });
    }

    test('an undo that fails twice is tried again, and the saga ends undone', async () => {
      const more = { undoMishaps: { hotel: 'closed twice' } } as const;
      const { saga, effects, alarms } = await take({ car: 'refused' }, more);
      assert.equal(saga.status, 'undone');
      assert.deepEqual(effects, ['flight', 'hotel', 'undo hotel', 'undo flight']);
      assert.deepEqual(alarms, []);
    });

    test('an undo that always fails: the others still run, and a person learns which one', async () => {
      const more = { undoMishaps: { hotel: 'closed' } } as const;
      const { saga, effects, notes, alarms } = await take({ ticket: 'refused' }, more);
      assert.deepEqual([saga.status, saga.step], ['manual', 'hotel']);
      assert.deepEqual(effects.slice(3), ['undo car', 'undo flight']);
      assert.deepEqual(notes, once(['flight', 'hotel', 'car', 'undo car', 'undo flight']));
      const undos = saga.steps.filter(({ direction }) => direction === 'back');
      assert.deepEqual(
        undos.map(({ step, outcome, problem }) => [step, outcome, problem?.code]),
        [
          ['car', 'done', undefined],
          ['hotel', 'unknown', 'closed'],
          ['flight', 'done', undefined],
        ],
      );
      assert.deepEqual(alarms, ['a saga needs a person']);
    });
  });
}

function undoing(names: readonly string[]): string[] {
  return names.map((name) => `undo ${name}`);
}

/** Each of these committed exactly once. */
function once(whats: readonly string[]): Record<string, number> {
  return Object.fromEntries(whats.map((what) => [what, 1]));
}
