import { analytics, type Interval } from '../contract.ts';
import type { Calendar } from './calendar.ts';

/** What a report covers: `bounds` are the beginnings of its intervals and its end, in milliseconds. */
export type Period = {
  readonly zone: string;
  readonly interval: Interval;
  readonly from: number;
  readonly to: number;
  readonly bounds: readonly number[];
};

type Asked = {
  readonly from?: string;
  readonly to?: string;
  readonly interval?: Interval;
  readonly zone?: string;
};

/** A year of days, six weeks of hours: more rows than that nobody reads at once. */
const mostIntervals = 1_100;

const defaultDays = 30;

/**
 * Decides what is covered. Intervals begin where they do in the zone: a day has 23 or 25 hours when
 * its clocks are changed, and weeks begin on Monday (ISO 8601). Throws `invalidReport`.
 */
export function periodOf(
  { from, to, interval = 'day', zone = 'UTC' }: Asked,
  calendar: Calendar,
  now: number,
): Period {
  if (!calendar.isZone(zone)) throw invalid('zone', 'must be an IANA zone such as Europe/Berlin');
  const read = (field: string, text: string) => {
    const at = calendar.read(text, zone);
    if (at !== undefined) return at;
    throw invalid(field, 'must be a day (2026-11-23) or an instant (ISO 8601)');
  };
  const end = to === undefined ? calendar.endOf(now, 'day', zone) : read('to', to);
  const begin =
    from === undefined ? calendar.daysBefore(end, defaultDays, zone) : read('from', from);
  if (!Number.isFinite(begin)) throw invalid('to', 'must be later');
  if (begin >= end) throw invalid('to', 'must be later than from');
  const bounds: number[] = [begin];
  for (let at = calendar.endOf(begin, interval, zone); at < end; ) {
    bounds.push(at);
    if (bounds.length > mostIntervals) {
      throw invalid('interval', `makes more than ${mostIntervals} rows; choose a longer one`);
    }
    at = calendar.endOf(at, interval, zone);
  }
  bounds.push(end);
  return { zone, interval, from: begin, to: end, bounds };
}

/** How an interval is named in a report: by its beginning, in its zone. */
export function labelOf(
  at: number,
  { zone, interval }: Pick<Period, 'zone' | 'interval'>,
  calendar: Calendar,
): string {
  return interval === 'hour' ? calendar.hourOf(at, zone) : calendar.dayOf(at, zone);
}

/** The interval that an instant falls into: its place in `bounds`, or -1 outside. */
export function intervalAt({ bounds }: Pick<Period, 'bounds'>, at: number): number {
  let [low, high] = [0, bounds.length - 1];
  if (at < (bounds[0] as number) || at >= (bounds[high] as number)) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] as number) <= at) low = middle;
    else high = middle;
  }
  return low;
}

function invalid(field: string, message: string): Error {
  return analytics.errors.invalidReport({ errors: [{ field, message }] });
}
