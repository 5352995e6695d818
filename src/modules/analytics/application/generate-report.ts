import { requireAdmin } from '#kernel/authorise';
import type { InputOf } from '#kernel/contract';
import type { Handler } from '#kernel/handlers';
import type { Clock } from '#kernel/ports/clock';
import type { Reader } from '#kernel/ports/store';
import { type Projection, statusOf } from '#kernel/projections/projection';

import type { analytics, Report } from '../contract.ts';
import type { Calendar } from '../domain/calendar.ts';
import { periodOf } from '../domain/period.ts';
import { tables } from './report-rows.ts';

type Calls = typeof analytics.calls;
type Asked = InputOf<Calls['generateReport']>;

/** A calendar that is there when it is first needed. */
export type LoadCalendar = { load(): Promise<Calendar> };

/** Makes a report of what is known. */
export type MakeReport = (read: Reader, asked: Asked) => Promise<Report>;

const defaultLimit = 100;

export function makeReport(sales: Projection, calendars: LoadCalendar, clock: Clock): MakeReport {
  return async (read, { type, limit = defaultLimit, ...asked }) => {
    const calendar = await calendars.load();
    const period = periodOf(asked, calendar, clock.now());
    const { generation, asOf, rebuilding } = await statusOf(read, sales);
    const { from, to, zone, interval } = period;
    const span = { generation, from, to };
    const table = await tables[type](read, { calendar, period, span, limit });
    return {
      type,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      interval,
      zone,
      asOf,
      rebuilding,
      columns: [...table.columns],
      rows: [...table.rows],
    };
  };
}

export function generateReport(make: MakeReport): Handler<Calls['generateReport']> {
  return (read, asked, { actor }) => {
    requireAdmin(actor);
    return make(read, asked);
  };
}
