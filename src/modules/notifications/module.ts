import { orders } from '#contracts/orders';
import { users } from '#contracts/users';
import { every } from '#kernel/handlers';
import { defineModule } from '#kernel/module';

import { deliverEmail } from './application/deliver-email.ts';
import { forgetOldMails } from './application/forget-old-mails.ts';
import { createKeepMail } from './application/keep-mail.ts';
import { listMailbox } from './application/list-mailbox.ts';
import { listNotifications } from './application/list-notifications.ts';
import { mailSettings } from './application/mail-settings.ts';
import { sendEmail } from './application/send-email.ts';
import { tellCustomer } from './application/tell-customer.ts';
import { welcomeUser } from './application/welcome-user.ts';
import { notifications } from './contract.ts';
import { mailboxTransport } from './providers/mailbox-transport.ts';
import { smtpTransport } from './providers/smtp-transport.ts';
import { notificationsRoutes } from './routes.ts';
import { MailEntity } from './store/entities.ts';
import { notifications0001 } from './store/migrations/0001-mails.ts';

const hourMs = 3_600_000;

/** Tells people what happened to them and their orders: each fact once, in a mail. */
export const notificationsModule = defineModule({
  contract: notifications,
  calls: [users],
  hears: [orders, users],
  store: { entities: [MailEntity], migrations: [notifications0001] },
  settings: mailSettings,
  routes: notificationsRoutes,
  parts: {
    transport: ({ settings: { SMTP_URL, MAIL_FROM } }) =>
      SMTP_URL ? smtpTransport(SMTP_URL, MAIL_FROM) : mailboxTransport,
  },
  wire({ clients, settings, parts: { transport } }) {
    const delivery = deliverEmail(transport);
    const domain = settings.MAIL_FROM.split('@').at(-1) as string;
    const keepMail = createKeepMail({ transport, delivery, domain });
    return {
      handlers: { sendEmail: sendEmail(keepMail), listNotifications, listMailbox },
      subscriptions: [
        welcomeUser(clients.users, keepMail),
        ...tellCustomer(clients.users, keepMail),
      ],
      sagas: [delivery],
      recurring: [every(6 * hourMs, 'old mails', forgetOldMails)],
    };
  },
});
