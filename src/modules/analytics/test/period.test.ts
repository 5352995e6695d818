import assert from 'node:assert/strict';
import test from 'node:test';

import { analytics } from '../contract.ts';
import { intervalAt, labelOf, type Period, periodOf } from '../domain/period.ts';
import { luxonCalendar } from '../providers/luxon-calendar.ts';

const calendar = await luxonCalendar().load();
const cover = (asked: Parameters<typeof periodOf>[0]) => periodOf(asked, calendar, now);
const label = (at: number, of: Period) => labelOf(at, of, calendar);
const now = Date.parse('2026-11-23T12:00:00Z');
const hours = (period: { bounds: readonly number[] }) =>
  period.bounds.slice(1).map((end, index) => (end - (period.bounds[index] as number)) / 3_600_000);

test('without being told, a report covers thirty days to the end of today', () => {
  const period = cover({});
  assert.equal(new Date(period.to).toISOString(), '2026-11-24T00:00:00.000Z');
  assert.equal(period.bounds.length, 31);
});

test('a day has 25 hours when clocks go back, and 23 when they go forward', () => {
  const zone = 'Europe/Berlin';
  assert.deepEqual(hours(cover({ from: '2026-10-24', to: '2026-10-27', zone })), [24, 25, 24]);
  assert.deepEqual(hours(cover({ from: '2026-03-28', to: '2026-03-31', zone })), [24, 23, 24]);
});

test('the hour that comes twice is two intervals, the one that never comes is none', () => {
  const zone = 'Europe/Berlin';
  const back = cover({ from: '2026-10-25', to: '2026-10-26', interval: 'hour', zone });
  assert.equal(back.bounds.length - 1, 25);
  const twice = back.bounds.slice(2, 4).map((at) => label(at, back));
  assert.deepEqual(twice, ['2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00']);
  const forward = cover({ from: '2026-03-29', to: '2026-03-30', interval: 'hour', zone });
  assert.equal(forward.bounds.length - 1, 23);
});

test('where clocks go back by half an hour, every instant is in one interval', () => {
  const zone = 'Australia/Lord_Howe';
  const back = cover({ from: '2026-04-04', to: '2026-04-06', interval: 'hour', zone });
  assert.deepEqual(
    hours(back).filter((length) => length !== 1),
    [0.5],
  );
  assert.equal(back.bounds.length - 1, 49);
  const forward = cover({ from: '2026-10-03', to: '2026-10-05', interval: 'hour', zone });
  assert.equal(
    hours(forward).reduce((sum, length) => sum + length),
    47.5,
  );
});

test('where midnight comes twice, a day begins with the first, from wherever it is seen', () => {
  for (const [zone, day, next] of [
    ['America/Havana', '2026-11-01', '2026-11-02'],
    ['Atlantic/Azores', '2026-10-25', '2026-10-26'],
  ] as const) {
    const alone = cover({ from: day, to: next, zone });
    assert.deepEqual(hours(alone), [25], zone);
    const { bounds } = cover({ from: '2026-10-20', to: '2026-11-10', zone });
    assert.ok(bounds.includes(alone.from) && bounds.includes(alone.to), zone);
    assert.equal(calendar.startOf(alone.from + 7_200_000, 'day', zone), alone.from);
    assert.equal(label(alone.from, alone), day);
  }
});

test('the day before begins where it does, also where midnight is skipped or comes twice', () => {
  for (const [zone, next] of [
    ['Africa/Cairo', '2026-04-25'],
    ['America/Santiago', '2026-09-07'],
    ['America/Havana', '2026-03-09'],
    ['America/Havana', '2026-11-02'],
  ] as const) {
    const end = calendar.read(next, zone) ?? Number.NaN;
    for (const at of [end, calendar.endOf(end, 'day', zone)]) {
      const day = calendar.startOf(at - 1, 'day', zone);
      assert.equal(calendar.daysBefore(at, 1, zone), day, `${zone} ${next}`);
    }
  }
});

test('days begin where they do in their zone, and weeks on Monday', () => {
  const zone = 'Asia/Kathmandu';
  const period = cover({ from: '2026-11-20', to: '2026-11-22', zone });
  assert.equal(new Date(period.from).toISOString(), '2026-11-19T18:15:00.000Z');
  const weeks = cover({ from: '2026-11-18', to: '2026-12-01', interval: 'week' });
  assert.deepEqual(
    weeks.bounds.map((at) => label(at, weeks)),
    ['2026-11-18', '2026-11-23', '2026-11-30', '2026-12-01'],
  );
});

test('an instant falls into the interval that begins with it or before it', () => {
  const period = cover({ from: '2026-11-20', to: '2026-11-23' });
  const at = (text: string) => intervalAt(period, Date.parse(text));
  assert.deepEqual(
    [
      '2026-11-19T23:59:59.999Z',
      '2026-11-20T00:00:00Z',
      '2026-11-20T23:59:59.999Z',
      '2026-11-21T00:00:00Z',
      '2026-11-22T23:59:59Z',
      '2026-11-23T00:00:00Z',
    ].map(at),
    [-1, 0, 0, 1, 2, -1],
  );
});

test('nonsense is refused, and which field it was', () => {
  const refused = (asked: Parameters<typeof periodOf>[0], field: string) =>
    assert.throws(
      () => cover(asked),
      (error) =>
        analytics.errors.invalidReport.is(error) && error.details.errors[0]?.field === field,
    );
  refused({ zone: 'Mars/Olympus' }, 'zone');
  refused({ zone: '+02:50' }, 'zone');
  refused({ from: 'yesterday' }, 'from');
  refused({ to: '2026-13-01' }, 'to');
  refused({ to: '-271821-04-21' }, 'to');
  refused({ from: '2026-11-23', to: '2026-11-23' }, 'to');
  refused({ from: '2000-01-01', interval: 'hour' }, 'interval');
});
