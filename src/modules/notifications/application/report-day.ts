import { analytics } from '#contracts/analytics';
import { on, type Subscription } from '#kernel/handlers';
import { moneyText } from '#kernel/money-text';
import type { Money } from '#kernel/schema';

import type { KeepMail } from './keep-mail.ts';

/** Tells whoever runs the shop the numbers of a day. */
export function reportDay(keepMail: KeepMail, to: string): Subscription {
  return on(analytics.events.dailyReportMade, async (tx, { id, data }) => {
    const { day, zone, orders, gross, refunds, newCustomers } = data;
    const said = {
      ...{ day, zone, orders: String(orders), newCustomers: String(newCustomers) },
      ...{ gross: sumText(gross), refunds: sumText(refunds) },
    };
    await keepMail(tx, { to, userId: null, template: 'daily_report', data: said, reference: id });
  });
}

function sumText(sums: readonly Money[]): string {
  return sums.length === 0 ? 'nothing' : sums.map(moneyText).join(' and ');
}
