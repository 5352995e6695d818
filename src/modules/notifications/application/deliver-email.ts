import type { Template } from '../contract.ts';
import { blankMail } from '../store/mail-store.ts';
import { type DeliverySaga, delivery } from './delivery.ts';
import type { MailTransport } from './mail-transport.ts';

/** Letters that hold a code, which is forgotten here once it is on its way: who reads it may act for the account. */
const withCode: readonly Template[] = ['password_reset', 'email_verification'];

/**
 * Hands one mail to the mail server. A crash after the server took the mail sends it again, with the
 * same Message-ID.
 */
export function deliverEmail(transport: MailTransport): DeliverySaga {
  return delivery('deliverEmail', {
    send: (mail, signal) => transport.send(mail, signal),
    async sent(tx, { id, template }) {
      if (withCode.includes(template)) await blankMail(tx, id);
    },
  });
}
