import { part, type RouteRequest, route } from '#kernel/http/route';

import { analytics } from './contract.ts';

const { calls } = analytics;

export const analyticsRoutes = [
  route('POST /api/analytics/events', calls.trackEvents, {
    access: 'anyone',
    status: 202,
    perMinute: 120,
  }),
  route('GET /api/analytics/reports/:type', calls.generateReport, { access: 'admin' }),
  route('GET /api/analytics/reports/:type/csv', calls.exportReport, { access: 'admin' }),
  part('GET /api/users/me/export', calls.exportAccount, {
    access: 'user',
    from: {
      userId: ({ actor }: RouteRequest) => (actor.kind === 'user' ? actor.id : undefined),
    },
  }),
];
