import { setTimeout as pause } from 'node:timers/promises';

import { moneyText } from '#kernel/money-text';

import type { Story } from './story.ts';
import type { Shop } from '#client';

/** A report is as fresh as the last look at the events: moments, unless the shop is very busy. */
const patienceMs = 10_000;

/** What an administrator sees of all this; how to be one, where no password was given. */
export async function salesOfToday({ admin }: Story): Promise<readonly string[]> {
  if (!admin) {
    return ['That is for administrators: ADMIN_PASSWORD=… npm run demo shows it, too.'];
  }
  const { rows, asOf } = await freshReport(admin, new Date());
  const lines = rows.map(({ orders, currency, gross, refunds, net }) => {
    const money = (amount: unknown) =>
      moneyText({ amount: Number(amount), currency: String(currency || 'EUR') });
    return `${orders} orders today: ${money(gross)} taken, ${money(refunds)} given back, ${money(net)} kept`;
  });
  return [...lines, `made of the shop's own events, as of ${asOf}`];
}

/** Today's sales once everything that had happened by then is in them. */
async function freshReport(admin: Shop, happened: Date) {
  const from = happened.toISOString().slice(0, 10);
  for (const deadline = Date.now() + patienceMs; ; ) {
    const report = await admin.analytics.generateReport({ type: 'sales', from });
    if (Date.parse(report.asOf ?? '') >= happened.getTime()) return report;
    if (Date.now() > deadline) throw new Error('The report is not as fresh as it should be.');
    await pause(50);
  }
}
