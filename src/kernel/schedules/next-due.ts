import type { Calendar, Interval } from './schedule.ts';

/** When a schedule is due again, once the time `done` is; all in milliseconds since the epoch. */
export type NextDue = (done: number, now: number) => number;

/** A schedule that comes to no more times than these is over: the year 9999. */
const never = 253_402_300_799_000;

/** Throws a `TypeError` for a pattern or a zone that there is not. Loads the calendar if it is wanted. */
export async function nextDueOf(when: Interval | Calendar): Promise<NextDue> {
  if ('everyMs' in when) return (_done, now) => now + when.everyMs;
  const { Cron } = await import('croner');
  const calendar = new Cron(when.cron, { timezone: when.zone, paused: true });
  return (done, now) => {
    const after = when.missed === 'each' ? done : Math.max(done, now);
    return calendar.nextRun(new Date(after))?.getTime() ?? never;
  };
}

/** What the row keeps of a schedule, to see that it has changed. */
export function patternOf(when: Interval | Calendar): string {
  return 'everyMs' in when ? `every ${when.everyMs} ms` : `${when.cron} ${when.zone}`;
}
