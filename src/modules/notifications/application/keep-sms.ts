import type { SagaName, Tx } from '#kernel/ports/tx';

import type { Mail, Template } from '../contract.ts';
import { addMail, findMailId } from '../store/mail-store.ts';
import type { Delivery } from './delivery.ts';
import type { SmsGateway } from './sms-gateway.ts';

export type SmsOrder = {
  readonly to: string;
  readonly userId: string | null;
  readonly template: Template;
  readonly text: string;
  readonly reference: string;
};

/** Writes a text message into the mailbox and begins its delivery. The same order again answers the same one. */
export type KeepSms = (tx: Tx, order: SmsOrder) => Promise<string>;

export function createKeepSms(gateway: SmsGateway, delivery: SagaName): KeepSms {
  return async (tx, { to, userId, template, text, reference }) => {
    const id = tx.newId();
    const mail: Mail = {
      ...{ id, channel: 'sms', userId, to, template, text, reference },
      ...{ subject: '', html: '', messageId: id },
      status: gateway.leavesHouse ? 'waiting' : 'delivered',
      problem: null,
      createdAt: tx.nowIso,
    };
    if (!(await addMail(tx, mail))) return (await findMailId(tx, reference, to)) as string;
    if (gateway.leavesHouse) {
      tx.startSaga(delivery, id, { mailId: id } satisfies Delivery);
    }
    return id;
  };
}
