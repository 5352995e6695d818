import { defineSaga } from '#kernel/sagas/define-saga';

import { blankMail, settleMail } from '../store/mail-store.ts';
import type { MailTransport, Message } from './mail-transport.ts';
import { patience, saidBy } from './patience.ts';

export type Delivery = {
  readonly mailId: string;
  readonly message: Message;
  /** It holds a code, which is forgotten here once it is on its way. */
  readonly isSecret?: boolean;
};

/**
 * Hands one mail to the mail server. A crash after the server took the mail sends it again, with the
 * same Message-ID.
 */
export function deliverEmail(transport: MailTransport) {
  return defineSaga<Delivery>('deliverEmail', {
    version: 1,
    steps: [
      {
        name: 'send',
        run: (ctx, { message }) => transport.send(message, ctx.signal),
        commit: async (tx, { mailId, message, isSecret = false }) => {
          await settleMail(tx, mailId, 'delivered', null);
          if (isSecret) await blankMail(tx, mailId);
          return { message: { ...message, text: '', html: '' } };
        },
        pivot: true,
        timeoutMs: 30_000,
        retry: patience,
      },
    ],
    undone: (tx, { mailId }, reason) => settleMail(tx, mailId, 'refused', saidBy(reason)),
  });
}
