import { accessTokens, users } from '#contracts/users';
import { on, type Subscription } from '#kernel/handlers';
import type { Tx } from '#kernel/ports/tx';
import { defineSaga } from '#kernel/sagas/define-saga';

import { removeMailsOf } from '../store/mail-store.ts';
import { removePreferences } from '../store/preference-store.ts';

const when = { afterMs: accessTokens.overSeconds * 1000 };

type Account = { readonly userId: string };

async function erase(tx: Tx, { userId }: Account): Promise<void> {
  await removeMailsOf(tx, userId);
  await removePreferences(tx, userId);
}

/** Once more, for what an access token of the account has brought after it. */
export const forgetAgain = defineSaga<Account>('forgetAgain', {
  version: 1,
  steps: [{ name: 'erase', commit: erase }],
});

/** Removes what was written to a deleted account, also what has not left yet, and what it had chosen. */
export const forgetAccount: Subscription = on(
  users.events.userDeleted,
  async (tx, { data: { userId } }) => {
    await erase(tx, { userId });
    tx.startSaga(forgetAgain, userId, { userId } satisfies Account, when);
  },
);
