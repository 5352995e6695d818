import { defineSaga } from '#kernel/sagas/define-saga';

import { settleMail } from '../store/mail-store.ts';
import { patience, saidBy } from './patience.ts';
import type { SmsGateway, TextMessage } from './sms-gateway.ts';

export type SmsDelivery = { readonly mailId: string; readonly message: TextMessage };

/** Hands one text message to the gateway, which knows it again by its reference. */
export function deliverSms(gateway: SmsGateway) {
  return defineSaga<SmsDelivery>('deliverSms', {
    version: 1,
    steps: [
      {
        name: 'send',
        run: (ctx, { message }) => gateway.send(message, ctx.signal),
        commit: async (tx, { mailId, message }) => {
          await settleMail(tx, mailId, 'delivered', null);
          return { message: { ...message, text: '' } };
        },
        pivot: true,
        timeoutMs: 30_000,
        retry: patience,
      },
    ],
    undone: (tx, { mailId }, reason) => settleMail(tx, mailId, 'refused', saidBy(reason)),
  });
}
