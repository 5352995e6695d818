import type { Interval } from '../contract.ts';

/** How clocks and calendars run in a time zone (IANA). Instants are milliseconds since the epoch. */
export type Calendar = {
  isZone(zone: string): boolean;
  /** A day (`2026-11-23`, its beginning) or an instant of ISO 8601; undefined for anything else. */
  read(text: string, zone: string): number | undefined;
  /** When the interval began that the instant is in: weeks begin on Monday (ISO 8601). */
  startOf(at: number, interval: Interval, zone: string): number;
  /** When the interval ends, and the next one begins. */
  endOf(at: number, interval: Interval, zone: string): number;
  /** The beginning of the day that is so many days before. */
  daysBefore(at: number, days: number, zone: string): number;
  /** `2026-11-23` */
  dayOf(at: number, zone: string): string;
  /** `2026-10-25T02:00:00+01:00`: tells the hour from the other one when clocks go back. */
  hourOf(at: number, zone: string): string;
};
