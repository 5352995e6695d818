import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';
import { forbidden } from '#kernel/kernel-failures';

import type { notifications } from '../contract.ts';
import { beforeId, pageOf } from '../domain/page-place.ts';
import { listMailsOf } from '../store/mail-store.ts';

export const listNotifications: Handler<typeof notifications.calls.listNotifications> = async (
  read,
  { userId, limit = 20, cursor },
  { actor },
) => {
  const isSelf = actor.kind === 'user' && actor.id === userId;
  if (!isSelf && !isAdmin(actor)) throw forbidden();
  const page = pageOf(await listMailsOf(read, userId, beforeId(cursor), limit + 1), limit);
  const items = page.items.map(({ id, channel, template, subject, text, createdAt }) => {
    return { id, channel, template, subject, text, createdAt };
  });
  return { ...page, items };
};
