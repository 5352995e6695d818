import { defineSaga } from '#kernel/sagas/define-saga';

import { settleMail } from '../store/mail-store.ts';
import type { MailTransport, Message } from './mail-transport.ts';

export type Delivery = { readonly mailId: string; readonly message: Message };

/**
 * Hands one mail to the mail server. A dead server is waited for: from seconds up to a quarter of an
 * hour between tries, for about three days, then a person is asked. A crash after the server took
 * the mail sends it again, with the same Message-ID.
 */
export function deliverEmail(transport: MailTransport) {
  return defineSaga<Delivery>('deliverEmail', {
    version: 1,
    steps: [
      {
        name: 'send',
        run: (ctx, { message }) => transport.send(message, ctx.signal),
        commit: (tx, { mailId }) => settleMail(tx, mailId, 'delivered', null),
        pivot: true,
        timeoutMs: 30_000,
        retry: { attempts: 600, firstDelayMs: 1000, maxDelayMs: 15 * 60_000 },
      },
    ],
    undone: (tx, { mailId }, { title, details }) => {
      const { said = title } = (details ?? {}) as { said?: string };
      return settleMail(tx, mailId, 'refused', said);
    },
  });
}
