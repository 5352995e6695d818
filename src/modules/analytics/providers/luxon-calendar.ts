import type { LoadCalendar } from '../application/generate-report.ts';

/** Loaded for the first report: a shop that is asked for none starts without it. */
export function luxonCalendar(): LoadCalendar {
  return {
    async load() {
      const { DateTime, IANAZone } = await import('luxon');
      const time = (at: number, zone: string) => DateTime.fromMillis(at, { zone });
      return {
        isZone: (zone) => IANAZone.isValidZone(zone),
        read(text, zone) {
          const read = DateTime.fromISO(text, { zone });
          return read.isValid ? read.toMillis() : undefined;
        },
        startOf: (at, interval, zone) => time(at, zone).startOf(interval).toMillis(),
        // An hour later may be the same hour of the clock: the day's end is found on the calendar.
        endOf: (at, interval, zone) =>
          time(at, zone)
            .plus({ [interval]: 1 })
            .startOf(interval)
            .toMillis(),
        daysBefore: (at, days, zone) => time(at, zone).minus({ days }).toMillis(),
        dayOf: (at, zone) => time(at, zone).toISODate() ?? '',
        hourOf: (at, zone) => time(at, zone).toISO({ suppressMilliseconds: true }) ?? '',
      };
    },
  };
}
