import type { Reader } from '#kernel/ports/store';

import type { ReportType, Row } from '../contract.ts';
import type { Calendar } from '../domain/calendar.ts';
import { intervalAt, labelOf, type Period } from '../domain/period.ts';
import {
  buyersBySlot,
  funnelOf,
  moneyBySlot,
  ordersBySlot,
  type Span,
  signUpsBySlot,
  topProducts,
} from '../store/report-store.ts';

export type Table = { readonly columns: readonly string[]; readonly rows: readonly Row[] };

type Making = {
  readonly calendar: Calendar;
  readonly period: Period;
  readonly span: Span;
  readonly limit: number;
};

/** The rows of each report. Intervals without anything are there with zeros. */
export const tables: Readonly<
  Record<ReportType, (read: Reader, making: Making) => Promise<Table>>
> = {
  sales: async (read, { calendar, period, span }) => {
    const starts = period.bounds.slice(0, -1);
    const counts = await ordersBySlot(read, span);
    const money = await moneyBySlot(read, span);
    const currencies = [...new Set([...counts, ...money].map((one) => one.currency))].sort();
    const rows = (currencies.length === 0 ? [''] : currencies).flatMap((currency) => {
      const isOwn = (one: { readonly currency: string }) => one.currency === currency;
      const own = money.filter(isOwn);
      const orders = sumInto(starts, period, counts.filter(isOwn), (one) => one.orders);
      const gross = sumInto(starts, period, own, (one) => one.gross);
      const refunds = sumInto(starts, period, own, (one) => one.refunds);
      return starts.map((start, index) => ({
        interval: labelOf(start, period, calendar),
        orders: orders[index] as number,
        currency,
        gross: gross[index] as number,
        refunds: refunds[index] as number,
        net: (gross[index] as number) - (refunds[index] as number),
      }));
    });
    return { columns: ['interval', 'orders', 'currency', 'gross', 'refunds', 'net'], rows };
  },

  'top-products': async (read, { span, limit }) => ({
    columns: ['productId', 'name', 'currency', 'orders', 'units', 'amount'],
    rows: [...(await topProducts(read, span, limit))],
  }),

  funnel: async (read, { span }) => {
    const { sessions, viewed, carted, checkout, placed, completed } = await funnelOf(read, span);
    const steps = { visits: sessions, viewed, carted, checkout, placed, completed };
    const rows = Object.entries(steps).map(([step, count]) => ({
      step,
      count: Number(count ?? 0),
    }));
    return { columns: ['step', 'count'], rows };
  },

  customers: async (read, { calendar, period, span }) => {
    const starts = period.bounds.slice(0, -1);
    const signUps = await signUpsBySlot(read, span);
    const registered = sumInto(starts, period, signUps, (one) => one.registered);
    const buying = starts.map(() => new Map<string, number>());
    for (const { slot, customer, firstAt } of await buyersBySlot(read, span)) {
      buying[intervalOf(period, slot)]?.set(customer, firstAt);
    }
    const rows = starts.map((start, index) => {
      const firsts = [...(buying[index]?.values() ?? [])];
      const isFirst = (at: number) => intervalAt(period, at) === index;
      return {
        interval: labelOf(start, period, calendar),
        registered: registered[index] as number,
        buyers: firsts.length,
        firstTime: firsts.filter(isFirst).length,
        returning: firsts.filter((at) => !isFirst(at)).length,
      };
    });
    return { columns: ['interval', 'registered', 'buyers', 'firstTime', 'returning'], rows };
  },
};

/** A slot may begin a moment before the period that it is cut by. */
function intervalOf(period: Period, slot: number): number {
  return intervalAt(period, Math.max(slot, period.from));
}

function sumInto<One extends { readonly slot: number }>(
  starts: readonly number[],
  period: Period,
  slots: readonly One[],
  pick: (one: One) => number,
): readonly number[] {
  const sums = starts.map(() => 0);
  for (const one of slots) {
    const index = intervalOf(period, one.slot);
    if (index !== -1) sums[index] = (sums[index] as number) + pick(one);
  }
  return sums;
}
