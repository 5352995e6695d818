import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { defineSaga } from '#kernel/sagas/define-saga';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { freshPlace } from './place.ts';
import { openOffice } from './trip-office.ts';
import type { Trip } from './trip-saga.ts';

const hourMs = 3_600_000;
const nobody = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false };

for (const on of storesUnderTest()) {
  suite(`sagas that begin, on ${on.name}`, () => {
    test('however many sagas begin at once, all of them run, and never too many together', async (t) => {
      const { place, ending } = await freshPlace(t, on);
      const [count, concurrency] = [300, 8];
      let now = 0;
      let most = 0;
      const run = async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
      };
      const steps = [{ name: 'only', run }];
      const definitions = [defineSaga<Trip>('crowd', { version: 1, steps })];
      const office = await openOffice({ place, definitions, pace: { concurrency } });
      ending.after(() => office.close());
      const begin = (from: number, to: number) =>
        office.write(nobody, (tx) => {
          for (let n = from; n < to; n += 1) tx.startSaga({ name: 'crowd' }, `c${n}`, {});
        });
      await begin(0, count / 2);
      office.engine.start();
      await begin(count / 2, count);
      const done = () => office.operator.list({ status: 'completed', limit: count + 1 });
      await until(async () => (await done()).length === count, { what: 'all to complete' });
      assert.equal(most, concurrency);
    });

    test('a saga that is started again and again takes room from no other', async (t) => {
      const { place, ending } = await freshPlace(t, on);
      const steps = [{ name: 'only', run: async () => undefined }];
      const definitions = [defineSaga<Trip>('crowd', { version: 1, steps })];
      const office = await openOffice({ place, definitions });
      ending.after(() => office.close());
      office.engine.start();
      const begin = (id: string) =>
        office.write(nobody, (tx) => tx.startSaga({ name: 'crowd' }, id, {}));
      for (let nth = 0; nth < 300; nth += 1) await begin('one');
      await begin('another');
      assert.equal((await office.ended('another')).status, 'completed');
    });

    test('births that are rolled back take room from no other', async (t) => {
      const { place, ending } = await freshPlace(t, on);
      const steps = [{ name: 'only', run: async () => undefined }];
      const definitions = [defineSaga<Trip>('crowd', { version: 1, steps })];
      // Nobody would wait for a look without a hint.
      const office = await openOffice({ place, definitions, pace: { pollMs: hourMs } });
      ending.after(() => office.close());
      office.engine.start();
      const birth = (id: string) => ({ name: 'crowd', id, state: {}, afterMs: 0 });
      const undone = () =>
        office.store.write(async (raw) => {
          await office.engine.startRows(raw, [birth('undone')], nobody);
          throw new RangeError('undone');
        });
      const undoneInPart = () =>
        office.store.write(async (raw) => {
          const part = raw.savepoint(async () => {
            await office.engine.startRows(raw, [birth('undone')], nobody);
            throw new RangeError('undone');
          });
          await assert.rejects(part, RangeError);
        });
      const unwritten = () =>
        office.write(nobody, async (tx) => {
          await tx.sql`select nothing from nowhere`.catch(() => 'swallowed');
          tx.startSaga({ name: 'crowd' }, 'unwritten', {});
        });
      for (let nth = 0; nth < 300; nth += 1) {
        await assert.rejects(undone(), RangeError);
        await undoneInPart();
        await assert.rejects(unwritten());
      }
      await office.begin({ id: 'real', mishaps: {} }, 'crowd');
      assert.equal((await office.ended('real')).status, 'completed');
      assert.equal((await office.operator.list({ limit: 10 })).length, 1);
    });
  });
}
