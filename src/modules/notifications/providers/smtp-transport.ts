import type { Part } from '#kernel/module';

import type { MailTransport } from '../application/mail-transport.ts';
import { notifications } from '../contract.ts';

/** Waits that together stay below a delivery's own limit of 30 s. */
const waits = { connectionTimeout: 8000, greetingTimeout: 5000, socketTimeout: 10_000 };

/** What nodemailer tells of a refusal; `permanent` for answers that the same mail would get again. */
type SmtpError = { readonly command?: string; readonly permanent?: boolean; response?: string };

/** Hands mails to an SMTP server, over a few connections that are kept open. */
export function smtpTransport(server: URL, from: string): MailTransport & Part {
  let opened: ReturnType<typeof openPool> | undefined;
  return {
    leavesHouse: true,
    async send({ to, subject, text, html, messageId }, signal) {
      opened ??= openPool(server);
      const pool = await opened;
      try {
        await pool.sendMail({ from, to, subject, text, html, messageId, signal });
      } catch (error) {
        throw refusal(error as SmtpError) ?? error;
      }
    },
    stop: async () => (await opened)?.close(),
  };
}

/** Loads nodemailer for the first mail: a shop without a mail server starts without it. */
async function openPool(server: URL) {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    ...addressOf(server),
    ...waits,
    pool: true,
    maxConnections: 4,
    // The delivery's saga retries, and nothing else does.
    maxRequeues: 0,
    // Nothing that a mail says may name a file or a page to be fetched into it.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function addressOf({ hostname, port, protocol, username, password }: URL) {
  const secure = protocol === 'smtps:';
  const host = decodeURIComponent(hostname).replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return {
    host,
    port: Number(port) || (secure ? 465 : 587),
    secure,
    // A password is never sent in clear, not even to a server that offers nothing better.
    requireTLS: username !== '' && !secure && !isHere,
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
  };
}

/** Only the recipient or the mail itself can be refused for good; whatever is wrong with us may be mended. */
function refusal({ command, permanent, response = '' }: SmtpError): Error | undefined {
  const isAboutMail = command === 'DATA' || (command === 'RCPT TO' && isAboutRecipient(response));
  if (!permanent || !isAboutMail) return undefined;
  return notifications.errors.mailRefused({ said: response.slice(0, 500) });
}

/**
 * A server that won't relay for us, or that blocks us, says so when it hears of the recipient. Of the
 * recipient speak the enhanced codes 5.1.x (address) and 5.2.x (mailbox) of RFC 3463, and where there
 * is none 550, 551 and 553 of RFC 5321.
 */
function isAboutRecipient(response: string): boolean {
  const [, code = '', enhanced] = /^(\d{3})[ -](?:(\d\.\d{1,3})\.\d{1,3})?/.exec(response) ?? [];
  return enhanced ? /^5\.[12]$/.test(enhanced) : ['550', '551', '553'].includes(code);
}
