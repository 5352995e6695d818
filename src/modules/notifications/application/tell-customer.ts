import { orders } from '#contracts/orders';
import { payments, type RefundCause } from '#contracts/payments';
import type { users } from '#contracts/users';
import type { Client, EventMaker } from '#kernel/contract';
import { onPrepared, type Subscription } from '#kernel/handlers';
import { moneyText } from '#kernel/money-text';
import type { Tx } from '#kernel/ports/tx';
import type { Money } from '#kernel/schema';

import type { Template } from '../contract.ts';
import { smsText } from '../domain/letters.ts';
import { reasonText } from '../domain/reasons.ts';
import { findPreferences } from '../store/preference-store.ts';
import { findRecipient, type Recipient } from './find-recipient.ts';
import type { KeepMail } from './keep-mail.ts';
import type { KeepSms } from './keep-sms.ts';
import { ringsTooOften } from './sending-limits.ts';

/** What every fact about an order tells; `reason` where something came of it that nobody wished. */
type OrderFact = { orderId: string; userId: string; total: Money; reason?: string };

type Ways = { readonly keepMail: KeepMail; readonly keepSms: KeepSms };
type Told = { readonly template: Template; readonly data: Readonly<Record<string, string>> };

/** Tells a customer what became of an order: each fact once, by the ways that they chose. */
export function tellCustomer(client: Client<typeof users>, ways: Ways): readonly Subscription[] {
  const tell = <Fact extends OrderFact>(event: EventMaker<Fact>, template: Template) =>
    onPrepared(
      event,
      (ctx, { data }) => findRecipient(client, ctx, data.userId),
      async (tx, { id, data: { orderId, total, reason = '' } }, recipient) => {
        if (!recipient) return;
        const { username } = recipient;
        const data = { username, orderId, total: moneyText(total), reason: reasonText(reason) };
        await send(tx, ways, recipient, id, { template, data });
      },
    );
  const { orderCompleted, orderRejected, orderCancelled, orderRefunded } = orders.events;
  return [
    tell(orderCompleted, 'order_completed'),
    tell(orderRejected, 'order_rejected'),
    tell(orderCancelled, 'order_cancelled'),
    tell(orderRefunded, 'order_refunded'),
    tellRefunded(client, ways),
  ];
}

/** What goes back because its order is closed is told with the order. */
function tellRefunded(client: Client<typeof users>, ways: Ways): Subscription {
  return onPrepared(
    payments.events.paymentRefunded,
    (ctx, { data }) => findRecipient(client, ctx, data.userId),
    async (tx, { id, data: { orderId, refund, ...fact } }, recipient) => {
      if (!recipient || causeOf(fact) === 'cancellation') return;
      const data = { username: recipient.username, orderId, total: moneyText(refund) };
      await send(tx, ways, recipient, id, { template: 'payment_refunded', data });
    },
  );
}

type Refunded = { readonly cause?: RefundCause; readonly amount: Money; readonly refunded: Money };

/** Earlier versions tell no cause: all of it went back, most likely with its order. */
function causeOf({ cause, amount, refunded }: Refunded): RefundCause {
  return cause ?? (refunded.amount >= amount.amount ? 'cancellation' : 'refund');
}

async function send(
  tx: Tx,
  { keepMail, keepSms }: Ways,
  { id: userId, email, emailVerified: isConfirmed }: Recipient,
  reference: string,
  { template, data }: Told,
): Promise<void> {
  const { orders: channels, phone } = await findPreferences(tx, userId);
  const number = channels.includes('sms') ? phone : null;
  const isTooMuch = number !== null && (await ringsTooOften(tx, userId, number));
  if (channels.includes('email') || isTooMuch) {
    await keepMail(tx, { to: email, isConfirmed, userId, template, data, reference });
  }
  if (number !== null && !isTooMuch) {
    const text = smsText(template, data);
    await keepSms(tx, { to: number, userId, template, text, reference });
  }
}
