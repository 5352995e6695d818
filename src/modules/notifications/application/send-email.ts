import type { Handler } from '#kernel/handlers';

import type { notifications } from '../contract.ts';
import type { KeepMail } from './keep-mail.ts';

export function sendEmail(keepMail: KeepMail): Handler<typeof notifications.calls.sendEmail> {
  return async (tx, { userId = null, ...order }) => ({
    mailId: await keepMail(tx, { ...order, userId }),
  });
}
