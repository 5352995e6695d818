import { orders } from '#contracts/orders';
import type { users } from '#contracts/users';
import type { Client, EventMaker } from '#kernel/contract';
import { onPrepared, type Subscription } from '#kernel/handlers';
import type { Money } from '#kernel/schema';

import type { Template } from '../contract.ts';
import { moneyText } from '../domain/money-text.ts';
import { reasonText } from '../domain/reasons.ts';
import { findRecipient } from './find-recipient.ts';
import type { KeepMail } from './keep-mail.ts';

/** What every fact about an order tells; `reason` where something came of it that nobody wished. */
type OrderFact = { orderId: string; userId: string; total: Money; reason?: string };

/** Tells a customer how an order ended: each fact in one mail. */
export function tellCustomer(
  client: Client<typeof users>,
  keepMail: KeepMail,
): readonly Subscription[] {
  const tell = <Fact extends OrderFact>(event: EventMaker<Fact>, template: Template) =>
    onPrepared(
      event,
      (ctx, { data }) => findRecipient(client, ctx, data.userId),
      async (tx, { id, data: { orderId, userId, total, reason = '' } }, recipient) => {
        if (!recipient) return;
        const { email: to, username } = recipient;
        const said = { username, orderId, total: moneyText(total), reason: reasonText(reason) };
        await keepMail(tx, { to, userId, template, data: said, reference: id });
      },
    );
  const { orderCompleted, orderRejected, orderCancelled, orderRefunded } = orders.events;
  return [
    tell(orderCompleted, 'order_completed'),
    tell(orderRejected, 'order_rejected'),
    tell(orderCancelled, 'order_cancelled'),
    tell(orderRefunded, 'order_refunded'),
  ];
}
