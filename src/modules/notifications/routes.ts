import { part, type RouteRequest, route } from '#kernel/http/route';

import { notifications } from './contract.ts';

const { calls } = notifications;

const me = ({ actor }: RouteRequest) => (actor.kind === 'user' ? actor.id : undefined);

export const notificationsRoutes = [
  route('GET /api/notifications', calls.listNotifications, {
    access: 'user',
    from: { userId: me },
  }),
  route('GET /api/notifications/preferences', calls.getPreferences, {
    access: 'user',
    from: { userId: me },
  }),
  route('PUT /api/notifications/preferences', calls.setPreferences, {
    access: 'user',
    from: { userId: me },
  }),
  route('GET /api/mailbox', calls.listMailbox, { access: 'admin' }),
  part('GET /api/users/me/export', calls.exportAccount, { access: 'user', from: { userId: me } }),
];
