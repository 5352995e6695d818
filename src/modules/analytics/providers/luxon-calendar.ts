import type { LoadCalendar } from '../application/generate-report.ts';
import type { Interval } from '../contract.ts';

const hourMs = 3_600_000;

/** `2026-11-23`: no time of day. */
const isDay = /^[\d-]+$/;

/** Loaded for the first report: a shop that is asked for none starts without it. */
export function luxonCalendar(): LoadCalendar {
  return {
    async load() {
      const { DateTime, IANAZone } = await import('luxon');
      const time = (at: number, zone: string) => DateTime.fromMillis(at, { zone });
      const dayOf = (at: number, zone: string) => time(at, zone).toISODate() ?? '';
      // Where clocks go back at one in the night, midnight comes twice: a day begins with the first.
      const first = (at: number, zone: string) =>
        dayOf(at - hourMs, zone) === dayOf(at, zone) ? at - hourMs : at;
      const begins = (at: number, interval: Interval, zone: string) =>
        interval === 'hour' ? at : first(at, zone);
      return {
        // An offset such as +02:50 is no zone, although it is taken for one.
        isZone: (zone) => !/^[+-]/.test(zone) && IANAZone.isValidZone(zone),
        read(text, zone) {
          const read = DateTime.fromISO(text, { zone });
          if (!read.isValid) return undefined;
          return isDay.test(text) ? first(read.toMillis(), zone) : read.toMillis();
        },
        startOf: (at, interval, zone) =>
          begins(time(at, zone).startOf(interval).toMillis(), interval, zone),
        // An hour later may be the same hour of the clock: the day's end is found on the calendar.
        endOf(at, interval, zone) {
          const next = time(at, zone).plus({ [interval]: 1 });
          const end = begins(next.startOf(interval).toMillis(), interval, zone);
          // Where clocks go back by half an hour, what is left of it is an interval of its own.
          return end > at ? end : next.toMillis();
        },
        daysBefore: (at, days, zone) =>
          first(time(at, zone).minus({ days }).startOf('day').toMillis(), zone),
        dayOf,
        hourOf: (at, zone) => time(at, zone).toISO({ suppressMilliseconds: true }) ?? '',
      };
    },
  };
}
