import { orders } from '#contracts/orders';
import { payments } from '#contracts/payments';
import { users } from '#contracts/users';
import { defineModule } from '#kernel/module';
import { every } from '#kernel/schedules/schedule';

import { exportAccount } from './application/export-account.ts';
import { exportReport } from './application/export-report.ts';
import { forgetAccount, forgetAgain } from './application/forget-account.ts';
import { forgetOldVisits } from './application/forget-old-visits.ts';
import { generateReport, makeReport } from './application/generate-report.ts';
import { reportSettings } from './application/report-settings.ts';
import { reportYesterday } from './application/report-yesterday.ts';
import { salesProjection } from './application/sales-projection.ts';
import { trackEvents } from './application/track-events.ts';
import { analytics } from './contract.ts';
import { csv } from './providers/csv.ts';
import { luxonCalendar } from './providers/luxon-calendar.ts';
import { analyticsRoutes } from './routes.ts';
import {
  CustomerFactEntity,
  MoneyFactEntity,
  OrderFactEntity,
  OrderLineEntity,
  VisitEntity,
} from './store/entities.ts';
import { analytics0001 } from './store/migrations/0001-facts.ts';

const hourMs = 3_600_000;

/** Counts what happens in the shop. Its rows can be made again from the first event, while it runs. */
export const analyticsModule = defineModule({
  contract: analytics,
  calls: [],
  hears: [orders, payments, users],
  store: {
    entities: [OrderFactEntity, OrderLineEntity, MoneyFactEntity, CustomerFactEntity, VisitEntity],
    migrations: [analytics0001],
  },
  settings: reportSettings,
  routes: analyticsRoutes,
  parts: { calendar: luxonCalendar, csv: () => csv },
  wire({ clock, settings, parts: { calendar, csv } }) {
    const sales = salesProjection();
    const make = makeReport(sales, calendar, clock);
    return {
      handlers: {
        trackEvents,
        generateReport: generateReport(make),
        exportReport: exportReport(make, csv),
        exportAccount,
      },
      projections: [sales],
      subscriptions: [forgetAccount],
      sagas: [forgetAgain],
      recurring: [
        every(hourMs, 'old visits', forgetOldVisits(settings.VISITS_KEPT)),
        reportYesterday(sales, calendar, clock, settings),
      ],
    };
  },
});
