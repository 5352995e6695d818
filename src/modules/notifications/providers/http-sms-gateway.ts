import type { SmsGateway } from '../application/sms-gateway.ts';
import { notifications } from '../contract.ts';

/** The default: messages stay in the mailbox. */
export const mailboxSms: SmsGateway = { leavesHouse: false, send: () => Promise.resolve() };

const answerWithinMs = 10_000;

/** What the same message would be answered with again. Everything else may pass. */
const refusals: ReadonlySet<number> = new Set([400, 404, 410, 422]);

/** Hands messages to a gateway over HTTP: `{to, text, reference}`, the reference as its key. */
export function httpSmsGateway(address: URL): SmsGateway {
  return {
    leavesHouse: true,
    async send(message, signal) {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': message.reference },
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
