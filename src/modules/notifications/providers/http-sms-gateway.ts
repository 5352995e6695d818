import type { SmsGateway } from '../application/sms-gateway.ts';
import { notifications } from '../contract.ts';

/** The default: messages stay in the mailbox. */
export const mailboxSms: SmsGateway = { leavesHouse: false, send: () => Promise.resolve() };

const answerWithinMs = 10_000;

/** What the same message would be answered with again. Everything else may pass. */
const refusals: ReadonlySet<number> = new Set([400, 404, 410, 422]);

/**
 * Hands messages to a gateway over HTTP: `{to, text, reference}`, the reference as its key. A user and
 * password in the address become Basic authentication (RFC 7617), as `fetch` takes no such address.
 */
export function httpSmsGateway(named: URL): SmsGateway {
  const { address, authorization } = withoutUser(named);
  return {
    leavesHouse: true,
    async send(message, signal) {
      const response = await fetch(address, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': message.reference,
          ...authorization,
        },
        body: JSON.stringify(message),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      });
      await response.body?.cancel();
      if (response.ok) return;
      const said = `${response.status} ${response.statusText}`;
      if (refusals.has(response.status)) throw notifications.errors.mailRefused({ said });
      throw new Error(`The SMS gateway answered ${said}.`);
    },
  };
}

function withoutUser(named: URL) {
  const address = new URL(named);
  const user = [named.username, named.password].map(decodeURIComponent).join(':');
  [address.username, address.password] = ['', ''];
  const isNamed = user !== ':';
  return {
    address,
    authorization: isNamed && { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  };
}
