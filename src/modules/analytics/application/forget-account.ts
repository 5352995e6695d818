import { accessTokens, users } from '#contracts/users';
import { on, type Subscription } from '#kernel/handlers';
import { defineSaga } from '#kernel/sagas/define-saga';

import { forgetVisitor } from '../store/visit-store.ts';
import { customerRef } from './customer-ref.ts';

const when = { afterMs: accessTokens.overSeconds * 1000 };

type Visitor = { readonly customer: string };

/** Once more, for what an access token of the account has told after it. */
export const forgetAgain = defineSaga<Visitor>('forgetAgain', {
  version: 1,
  steps: [{ name: 'erase', commit: (tx, { customer }) => forgetVisitor(tx, customer) }],
});

/** Forgets whose visits those of a deleted account were. */
export const forgetAccount: Subscription = on(
  users.events.userDeleted,
  async (tx, { data: { userId } }) => {
    const customer = customerRef(userId);
    await forgetVisitor(tx, customer);
    tx.startSaga(forgetAgain, customer, { customer } satisfies Visitor, when);
  },
);
