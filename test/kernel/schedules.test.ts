import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { command, defineContract, query } from '#kernel/contract';
import { defineModule } from '#kernel/module';
import { defineSaga } from '#kernel/sagas/define-saga';
import { nextDueOf } from '#kernel/schedules/next-due';
import { every, onCalendar, type Recurring } from '#kernel/schedules/schedule';
import { Type } from '#kernel/schema';
import { migration } from '#kernel/stores/migration';
import { openShop, type Place } from '#test/shop';
import { storeUnderTest } from '#test/stores';
import { until } from '#test/until';

const Nothing = Type.Object({});

const diary = defineContract('diary', {
  calls: {
    entries: query('What was done, and when it was due.', {
      input: Nothing,
      output: Type.Object({ due: Type.Array(Type.Integer()) }),
    }),
    setBack: command('Makes every schedule have been due that much earlier.', {
      input: Type.Object({ ms: Type.Integer() }),
      output: Nothing,
    }),
    remind: command('Writes an entry when the time has passed.', {
      input: Type.Object({ id: Type.String(), afterMs: Type.Integer() }),
      output: Nothing,
    }),
    remindNow: command('Writes it now.', {
      input: Type.Object({ id: Type.String() }),
      output: Nothing,
    }),
  },
  events: {},
  errors: {},
});

const reminder = defineSaga<{ due: number }>('reminder', {
  version: 1,
  steps: [
    {
      name: 'remind',
      commit: async (tx, { due }) => {
        await tx.sql`insert into diary_entries (due) values (${due})`;
      },
    },
  ],
});

function diaryModule(...recurring: readonly Recurring[]) {
  return defineModule({
    contract: diary,
    calls: [],
    hears: [],
    store: {
      entities: [],
      migrations: [migration('0001-diary', ['create table diary_entries (due bigint not null)'])],
    },
    wire: () => ({
      recurring,
      sagas: [reminder],
      handlers: {
        entries: async ({ sql }) => {
          const rows = await sql<{ due: number }>`select due from diary_entries order by due`;
          return { due: rows.map(({ due }) => Number(due)) };
        },
        setBack: async (tx, { ms }) => {
          await tx.sql`update schedules set due_at = due_at - ${ms}`;
          return {};
        },
        remind: (tx, { id, afterMs }) => {
          tx.startSaga(reminder, id, { due: 1 }, { afterMs });
          return {};
        },
        remindNow: (tx, { id }) => {
          tx.wakeSaga(reminder, id);
          return {};
        },
      },
    }),
  });
}

const note: Parameters<typeof onCalendar>[2] = async (tx, { at }) => {
  await tx.sql`insert into diary_entries (due) values (${at})`;
};

const open = (recurring: readonly Recurring[], place?: Place) =>
  openShop({ modules: [diaryModule(...recurring)], ...(place && { place }) });

const entriesOf = async (shop: Awaited<ReturnType<typeof open>>) =>
  (await shop.call(diary.calls.entries, {})).due;

const secondMs = 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const everySecond = { cron: '* * * * * *', zone: 'UTC', missed: 'each' } as const;
/** Half a day from now, so that no run of these tests goes past it. */
const dailyHour = (new Date().getUTCHours() + 12) % 24;
const daily = (missed: 'once' | 'each') =>
  onCalendar({ cron: `0 ${dailyHour} * * *`, zone: 'UTC', missed }, 'daily', note);

test('each time that is due is done once, and in its order', async () => {
  const first = await open([onCalendar(everySecond, 'tick', note)]);
  const others =
    storeUnderTest().name === 'sqlite'
      ? []
      : await Promise.all(
          [1, 2].map(() => open([onCalendar(everySecond, 'tick', note)], first.place)),
        );
  const done = await until(
    async () => {
      const due = await entriesOf(first);
      return due.length >= 3 && due;
    },
    { what: 'three seconds to be done', timeoutMs: 30_000 },
  );
  const [begin = 0] = done;
  assert.deepEqual(
    done,
    done.map((_, index) => begin + index * secondMs),
  );
  await Promise.all(others.map(({ stop }) => stop()));
});

for (const [missed, times] of [
  ['each', 4],
  ['once', 1],
] as const) {
  test(`times that passed while nobody was up are done at the next start: ${missed}`, async () => {
    const before = await open([daily(missed)]);
    // Due within a day; set back, it has been due on each of the last four.
    await before.call(diary.calls.setBack, { ms: 4 * dayMs });
    await before.stop();
    const after = await open([daily(missed)], before.place);
    const done = await until(
      async () => {
        const due = await entriesOf(after);
        return due.length >= times && due;
      },
      { what: 'what was missed' },
    );
    assert.equal(done.length, times);
    assert.ok(done.every((at) => at % dayMs === dailyHour * hourMs));
    const [row] = await after.operator('diary').schedules.list();
    assert.ok(row?.doneAt && Date.parse(row.dueAt) > Date.now());
  });
}

test('work that fails is done when it can be, and its time is not lost', async () => {
  let failures = 2;
  const shop = await open([
    onCalendar(everySecond, 'stumble', async (tx, due) => {
      await note(tx, due);
      failures -= 1;
      if (failures >= 0) throw new Error('not yet');
    }),
  ]);
  const done = await until(
    async () => {
      const due = await entriesOf(shop);
      return due.length >= 2 && due;
    },
    { what: 'the time that failed, and the next', timeoutMs: 30_000 },
  );
  assert.equal((done[1] ?? 0) - (done[0] ?? 0), secondMs);
});

test('a schedule that has changed goes by its new pattern', async () => {
  const before = await open([every(dayMs, 'chores', () => undefined)]);
  await before.stop();
  const after = await open([every(20, 'chores', (tx) => note(tx, { at: 7 }))], before.place);
  await until(async () => (await entriesOf(after)).length > 0, { what: 'the chores' });
});

test('two schedules of one name, a wrong pattern and a zone that there is not are refused', async () => {
  const chores = every(dayMs, 'chores', () => undefined);
  await assert.rejects(open([chores, chores]), /two recurring tasks called chores/);
  const at = (cron: string, zone: string) =>
    open([onCalendar({ cron, zone, missed: 'once' }, 'wrong', note)]);
  await assert.rejects(at('61 * * * *', 'UTC'));
  await assert.rejects(at('0 6 * * *', 'Mars/Olympus'));
});

test('a timer outlives its process, and rings once', async () => {
  const before = await open([]);
  const asked = { id: 'tea', afterMs: 50 };
  await before.call(diary.calls.remind, asked);
  await before.call(diary.calls.remind, asked);
  await before.stop();
  const after = await open([], before.place);
  await after.settled();
  assert.deepEqual(await entriesOf(after), [1]);
});

test('a timer waits for its time, or for who wakes it', async () => {
  const shop = await open([]);
  await shop.call(diary.calls.remind, { id: 'later', afterMs: dayMs });
  const [waiting] = await shop.operator('diary').sagas.list({ limit: 1 });
  assert.ok(Date.parse(waiting?.nextAttemptAt ?? '') > Date.now() + dayMs / 2);
  assert.deepEqual(await entriesOf(shop), []);
  await shop.call(diary.calls.remindNow, { id: 'later' });
  await shop.settled();
  assert.deepEqual(await entriesOf(shop), [1]);
});

suite('the clock of a zone', () => {
  const berlin = (cron: string) => nextDueOf({ cron, zone: 'Europe/Berlin', missed: 'each' });
  const times = async (cron: string, from: string, count: number) => {
    const next = await berlin(cron);
    const found: string[] = [];
    for (let at = Date.parse(from); found.length < count; ) {
      at = next(at, at);
      found.push(new Date(at).toISOString());
    }
    return found;
  };

  test('a time of day stays the same when clocks are changed', async () => {
    assert.deepEqual(await times('0 6 * * *', '2026-10-24T00:00:00Z', 2), [
      '2026-10-24T04:00:00.000Z',
      '2026-10-25T05:00:00.000Z',
    ]);
  });

  test('a time that clocks skip is done when they have', async () => {
    assert.deepEqual(await times('30 2 * * *', '2026-03-28T12:00:00Z', 2), [
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  test('a time that comes twice is done once', async () => {
    assert.deepEqual(await times('30 2 * * *', '2026-10-24T12:00:00Z', 2), [
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });
});
