import { holdsCode } from '../domain/letters.ts';
import { blankMail } from '../store/mail-store.ts';
import { type DeliverySaga, delivery } from './delivery.ts';
import type { MailTransport } from './mail-transport.ts';

/**
 * Hands one mail to the mail server. A crash after the server took the mail sends it again, with the
 * same Message-ID. A code is forgotten here once it is on its way: who reads it may act for the account.
 */
export function deliverEmail(transport: MailTransport): DeliverySaga {
  return delivery('deliverEmail', {
    send: (mail, signal) => transport.send(mail, signal),
    async sent(tx, { id, template }) {
      if (holdsCode(template)) await blankMail(tx, id);
    },
  });
}
