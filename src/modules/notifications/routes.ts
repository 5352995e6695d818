import { route } from '#kernel/http/route';

import { notifications } from './contract.ts';

const { listNotifications, listMailbox } = notifications.calls;

export const notificationsRoutes = [
  route('GET /api/notifications', listNotifications, {
    access: 'user',
    from: { userId: ({ actor }) => (actor.kind === 'user' ? actor.id : undefined) },
  }),
  route('GET /api/mailbox', listMailbox, { access: 'admin' }),
];
