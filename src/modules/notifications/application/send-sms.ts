import type { Handler } from '#kernel/handlers';

import type { notifications } from '../contract.ts';
import type { KeepSms } from './keep-sms.ts';

export function sendSms(keepSms: KeepSms): Handler<typeof notifications.calls.sendSms> {
  return async (tx, { userId = null, ...order }) => ({
    mailId: await keepSms(tx, { ...order, userId, template: 'text' }),
  });
}
