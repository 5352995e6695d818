import { text, url } from '#kernel/config/settings';

import { safeAddress } from '../domain/address.ts';

/** Where mails go, and who they are from. */
export const mailSettings = {
  SMTP_URL: url<undefined>(['smtp:', 'smtps:'], {
    fallback: undefined,
    example: 'smtps://user:password@mail.example.com',
    meaning: 'the mail server; without it the mailbox keeps all mails',
    secret: true,
  }),
  SMS_GATEWAY_URL: url<undefined>(['http:', 'https:'], {
    fallback: undefined,
    example: 'https://sms.example.com/messages',
    meaning: 'what sends text messages; without it the mailbox keeps them',
    secret: true,
  }),
  REPORT_TO: {
    ...text<undefined>({
      fallback: undefined,
      example: 'owner@example.com',
      meaning: 'who gets the numbers of yesterday every morning; ADMIN_EMAIL without',
    }),
    parse: anAddress,
  },
  ADMIN_EMAIL: {
    ...text({
      fallback: 'admin@example.com',
      example: 'admin@example.com',
      meaning: 'the first administrator’s e-mail address',
    }),
    parse: anAddress,
  },
  MAIL_FROM: {
    ...text({
      fallback: 'no-reply@seamline.example',
      example: 'shop@example.com',
      meaning: 'the sender’s address, and the domain of Message-IDs',
    }),
    parse: anAddress,
  },
};

function anAddress(typed: string): string {
  try {
    return safeAddress(typed);
  } catch {
    throw new Error('must be an e-mail address');
  }
}
