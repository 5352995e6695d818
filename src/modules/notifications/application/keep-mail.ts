import type { SagaName, Tx } from '#kernel/ports/tx';

import type { Mail, Template } from '../contract.ts';
import { safeAddress } from '../domain/address.ts';
import { holdsCode, writeLetter } from '../domain/letters.ts';
import { addMail, blankMail, findMailId } from '../store/mail-store.ts';
import type { Delivery } from './delivery.ts';
import type { MailTransport } from './mail-transport.ts';
import { whyNotSent } from './sending-limits.ts';

export type MailOrder = {
  readonly to: string;
  readonly userId: string | null;
  readonly template: Template;
  readonly data: Readonly<Record<string, string>>;
  /** With the recipient, what makes a mail the same mail. */
  readonly reference: string;
  /** Whether somebody has proven to read what comes to `to`. Missing: nobody doubts it. */
  readonly isConfirmed?: boolean | undefined;
};

/**
 * Writes a mail into the mailbox and begins its delivery; answers its id. The same order again answers
 * the same mail. What is too much for an unconfirmed address is kept for whoever looks, and not sent.
 */
export type KeepMail = (tx: Tx, order: MailOrder) => Promise<string>;

type Needs = { transport: MailTransport; delivery: SagaName; domain: string };

export function createKeepMail({ transport, delivery, domain }: Needs): KeepMail {
  return async (tx, { to, isConfirmed = true, userId, template, data, reference }) => {
    const id = tx.newId();
    const refused = isConfirmed ? undefined : await whyNotSent(tx, to, template);
    const letter = writeLetter(template, data);
    const messageId = `<${id}@${domain}>`;
    const isSent = transport.leavesHouse && refused === undefined;
    const mail: Mail = {
      ...{
        id,
        channel: 'email',
        userId,
        to: safeAddress(to),
        template,
        ...letter,
        messageId,
        reference,
      },
      status: refused === undefined ? (isSent ? 'waiting' : 'delivered') : 'refused',
      problem: refused ?? null,
      createdAt: tx.nowIso,
    };
    if (!(await addMail(tx, mail))) return (await findMailId(tx, reference, to)) as string;
    if (refused !== undefined && holdsCode(template)) await blankMail(tx, id);
    if (isSent) {
      tx.startSaga(delivery, id, { mailId: id } satisfies Delivery);
    }
    return id;
  };
}
