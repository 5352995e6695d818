import { shown } from '#test/payment-provider';
import type { ChargeKept } from '#test/payment-provider-books';
import { type Message, message, signedHeaders } from '#test/payment-webhooks';
import { until } from '#test/until';

import { type Payment, payments } from '../contract.ts';
import type { ProviderShop } from './provider-shop.ts';

export type Headers = Readonly<Record<string, string>>;

/** Hands a webhook to the shop as the door does: what is missing is missing. */
export function receive(
  { shop }: ProviderShop,
  { body }: Message,
  headers: Headers,
  options: { readonly key?: string } = {},
) {
  const field = (name: string, header: string) =>
    headers[header] === undefined ? {} : { [name]: headers[header] };
  const input = {
    provider: 'http',
    ...field('id', 'webhook-id'),
    ...field('timestamp', 'webhook-timestamp'),
    ...field('signature', 'webhook-signature'),
    body,
  };
  return shop.call(payments.calls.receiveWebhook, input, { as: { kind: 'anyone' }, ...options });
}

/** Sent by the provider, now. */
export function tell(one: ProviderShop, sent: Message) {
  return receive(one, sent, signedHeaders(sent, one.secret, one.shop.clock.now()));
}

/** News of a charge, true or not. */
export function told(type: string, charge: ChargeKept, change: object = {}): Message {
  return message(type, { ...shown(charge), status: type.split('.')[1], ...change });
}

/** A payment that the provider has taken, does not know the outcome of, and is not asked about soon. */
export async function pending(
  one: ProviderShop,
): Promise<{ payment: Payment; charge: ChargeKept }> {
  const payment = await one.begin('tok_pending');
  const charge = await until(() => one.charges(payment)[0]);
  await quietUntil(one, `pendingCharge:${payment.id}`);
  return { payment, charge };
}

/** Waits until the saga waits for at least a second more; answers until when. */
export async function quietUntil({ shop }: ProviderShop, id: string): Promise<string> {
  return await until(
    async () => {
      const saga = await shop.operator('payments').sagas.show(id);
      const at = saga?.nextAttemptAt ?? '';
      return Date.parse(at) > Date.now() + 1_000 && at;
    },
    { what: 'a long wait', timeoutMs: 30_000 },
  );
}
