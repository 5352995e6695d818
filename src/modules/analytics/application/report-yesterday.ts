import type { Clock } from '#kernel/ports/clock';
import { caughtUp, type Projection, statusOf } from '#kernel/projections/projection';
import { onCalendarPrepared, type Recurring } from '#kernel/schedules/schedule';
import type { Money } from '#kernel/schema';

import { analytics } from '../contract.ts';
import { moneyBySlot, ordersBySlot, signUpsBySlot } from '../store/report-store.ts';
import type { LoadCalendar } from './generate-report.ts';
import { dailyAt } from './report-settings.ts';

type When = { readonly REPORT_AT: string; readonly REPORT_ZONE: string };

/** Tells the numbers of each day, on the morning after it; also of days on which nobody was there to. */
export function reportYesterday(
  sales: Projection,
  calendars: LoadCalendar,
  clock: Clock,
  { REPORT_AT, REPORT_ZONE: zone }: When,
): Recurring {
  const when = { cron: dailyAt(REPORT_AT), zone, missed: 'each' } as const;
  return onCalendarPrepared(
    when,
    'daily report',
    async ({ signal }, read) => {
      await caughtUp(read, sales, clock.now(), signal);
      return await calendars.load();
    },
    async (tx, calendar, { at }) => {
      const to = calendar.startOf(at, 'day', zone);
      const from = calendar.daysBefore(to, 1, zone);
      const { generation } = await statusOf(tx, sales);
      const span = { generation, from, to };
      const orders = await ordersBySlot(tx, span);
      const signUps = await signUpsBySlot(tx, span);
      const money = await moneyBySlot(tx, span);
      tx.publish(
        analytics.events.dailyReportMade({
          day: calendar.dayOf(from, zone),
          zone,
          orders: sum(orders.map((one) => one.orders)),
          gross: byCurrency(money, (one) => one.gross),
          refunds: byCurrency(money, (one) => one.refunds),
          newCustomers: sum(signUps.map((one) => one.registered)),
        }),
      );
    },
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** One sum a currency, without those in which there was nothing. */
function byCurrency<One extends { readonly currency: string }>(
  all: readonly One[],
  pick: (one: One) => number,
): Money[] {
  const sums = new Map<string, number>();
  for (const one of all) sums.set(one.currency, (sums.get(one.currency) ?? 0) + pick(one));
  return [...sums]
    .filter(([, amount]) => amount > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, amount]) => ({ currency, amount }));
}
