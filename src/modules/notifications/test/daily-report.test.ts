import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { analytics } from '#contracts/analytics';
import type { Commit } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import { openShop } from '#test/shop';

import { usersModule } from '../../users/module.ts';
import { notifications } from '../contract.ts';
import { notificationsModule } from '../module.ts';
import { ordersStandIn } from './orders-stand-in.ts';

const { trackEvents } = analytics.calls;
const { listMailbox } = notifications.calls;

const report = {
  ...{ day: '2026-11-26', zone: 'UTC', orders: 3, newCustomers: 2, refunds: [] },
  gross: [
    { amount: 4250, currency: 'EUR' },
    { amount: 1000, currency: 'USD' },
  ],
};

const tell: Commit<typeof trackEvents> = async (tx) => {
  tx.publish(analytics.events.dailyReportMade(report));
  return undefined as never;
};

/** Speaks for analytics, and tells of a day whatever is asked. */
const analyticsStandIn = defineModule({
  contract: analytics,
  calls: [],
  hears: [],
  store: { entities: [], migrations: [] },
  wire() {
    const handlers = Object.keys(analytics.calls).map((name) => [name, tell]);
    return { handlers: Object.fromEntries(handlers) };
  },
});

/** Who gets the report, by these settings, and what it says. */
async function reportedTo(settings: Readonly<Record<string, string>>) {
  const shop = await openShop({
    modules: [usersModule, ordersStandIn, analyticsStandIn, notificationsModule],
    settings: { ADMIN_PASSWORD: 'correct admin battery', ...settings },
  });
  const seen = { id: randomUUID(), name: 'page_viewed', sessionId: 'visitor-1' } as const;
  await shop.call(trackEvents, { events: [seen] });
  await shop.settled();
  const { items } = await shop.call(listMailbox, { limit: 100 });
  return items.filter(({ template }) => template === 'daily_report');
}

test('whoever REPORT_TO names gets the numbers of a day', async () => {
  const settings = { REPORT_TO: 'owner@example.com', ADMIN_EMAIL: 'root@example.com' };
  const [mail, ...others] = await reportedTo(settings);
  assert.deepEqual([mail?.to, others], ['owner@example.com', []]);
  assert.match(
    mail?.text ?? '',
    /3 orders completed, €42\.50 and \$10\.00 taken, nothing sent back/,
  );
});

test('the administrator gets them where nobody is named', async () => {
  const mails = await reportedTo({ ADMIN_EMAIL: 'root@example.com' });
  assert.deepEqual(
    mails.map(({ to }) => to),
    ['root@example.com'],
  );
});
