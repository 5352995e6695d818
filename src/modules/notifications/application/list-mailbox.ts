import { requireAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import type { notifications } from '../contract.ts';
import { beforeId, pageOf } from '../domain/page-place.ts';
import { listMails, listMailsTo } from '../store/mail-store.ts';

export const listMailbox: Handler<typeof notifications.calls.listMailbox> = async (
  read,
  { to, limit = 20, cursor },
  { actor },
) => {
  requireAdmin(actor);
  const before = beforeId(cursor);
  const mails = await (to === undefined
    ? listMails(read, before, limit + 1)
    : listMailsTo(read, to, before, limit + 1));
  return pageOf(mails, limit);
};
