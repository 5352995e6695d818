import type { Tx } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';

import type { Mail } from '../contract.ts';
import { findMail, settleMail } from '../store/mail-store.ts';
import { patience, saidBy } from './patience.ts';

/** What is sent stays in its row alone: when that is erased, there is nothing to send. */
export type Delivery = { readonly mailId: string };

export type DeliverySaga = SagaDefinition<Delivery>;

type Way = {
  /** Resolves when somebody else has taken it over. Throws `mailRefused` when nobody ever will. */
  readonly send: (mail: Mail, signal: AbortSignal) => Promise<void>;
  readonly sent?: (tx: Tx, mail: Mail) => Promise<void>;
};

/** Hands over what is kept in the mailbox, at least once, and notes what has become of it. */
export function delivery(name: string, { send, sent }: Way): DeliverySaga {
  return defineSaga<Delivery>(name, {
    version: 1,
    steps: [
      {
        name: 'send',
        async run({ signal }, { mailId }, read) {
          const mail = await findMail(read, mailId);
          if (mail) await send(mail, signal);
        },
        async commit(tx, { mailId }) {
          const mail = await findMail(tx, mailId);
          if (!mail) return;
          await settleMail(tx, mailId, 'delivered', null);
          await sent?.(tx, mail);
        },
        pivot: true,
        timeoutMs: 30_000,
        retry: patience,
      },
    ],
    undone: (tx, { mailId }, reason) => settleMail(tx, mailId, 'refused', saidBy(reason)),
  });
}
