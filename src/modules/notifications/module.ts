import { analytics } from '#contracts/analytics';
import { orders } from '#contracts/orders';
import { payments } from '#contracts/payments';
import { users } from '#contracts/users';
import { defineModule } from '#kernel/module';
import { every } from '#kernel/schedules/schedule';

import { accountLetters } from './application/account-letters.ts';
import { deliverEmail } from './application/deliver-email.ts';
import { deliverSms } from './application/deliver-sms.ts';
import { exportAccount } from './application/export-account.ts';
import { forgetAccount, forgetAgain } from './application/forget-account.ts';
import { forgetOldMails } from './application/forget-old-mails.ts';
import { createKeepMail } from './application/keep-mail.ts';
import { createKeepSms } from './application/keep-sms.ts';
import { listMailbox } from './application/list-mailbox.ts';
import { listNotifications } from './application/list-notifications.ts';
import { mailSettings } from './application/mail-settings.ts';
import { getPreferences, setPreferences } from './application/preferences.ts';
import { reportDay } from './application/report-day.ts';
import { sendEmail } from './application/send-email.ts';
import { sendSms } from './application/send-sms.ts';
import { tellCustomer } from './application/tell-customer.ts';
import { welcomeUser } from './application/welcome-user.ts';
import { notifications } from './contract.ts';
import { httpSmsGateway, mailboxSms } from './providers/http-sms-gateway.ts';
import { mailboxTransport } from './providers/mailbox-transport.ts';
import { smtpTransport } from './providers/smtp-transport.ts';
import { notificationsRoutes } from './routes.ts';
import { MailEntity, PreferenceEntity, SendingCountEntity } from './store/entities.ts';
import { notifications0001 } from './store/migrations/0001-mails.ts';
import { notifications0002 } from './store/migrations/0002-channels.ts';
import { notifications0003 } from './store/migrations/0003-sending-counts.ts';

const hourMs = 3_600_000;

/** Tells people what happened to them and their orders: each fact once, in a mail. */
export const notificationsModule = defineModule({
  contract: notifications,
  calls: [users],
  hears: [analytics, orders, payments, users],
  store: {
    entities: [MailEntity, PreferenceEntity, SendingCountEntity],
    migrations: [notifications0001, notifications0002, notifications0003],
  },
  settings: mailSettings,
  routes: notificationsRoutes,
  parts: {
    transport: ({ settings: { SMTP_URL, MAIL_FROM } }) =>
      SMTP_URL ? smtpTransport(SMTP_URL, MAIL_FROM) : mailboxTransport,
    gateway: ({ settings: { SMS_GATEWAY_URL } }) =>
      SMS_GATEWAY_URL ? httpSmsGateway(SMS_GATEWAY_URL) : mailboxSms,
  },
  wire({ clients, settings, parts: { transport, gateway } }) {
    const delivery = deliverEmail(transport);
    const domain = settings.MAIL_FROM.split('@').at(-1) as string;
    const keepMail = createKeepMail({ transport, delivery, domain });
    const smsDelivery = deliverSms(gateway);
    const keepSms = createKeepSms(gateway, smsDelivery);
    return {
      handlers: {
        sendEmail: sendEmail(keepMail),
        sendSms: sendSms(keepSms),
        getPreferences,
        setPreferences,
        exportAccount,
        listNotifications,
        listMailbox,
      },
      subscriptions: [
        welcomeUser(clients.users, keepMail),
        ...accountLetters(clients.users, keepMail),
        forgetAccount,
        ...tellCustomer(clients.users, { keepMail, keepSms }),
        reportDay(keepMail, settings.REPORT_TO ?? settings.ADMIN_EMAIL),
      ],
      sagas: [delivery, smsDelivery, forgetAgain],
      recurring: [every(6 * hourMs, 'old mails', forgetOldMails)],
    };
  },
});
