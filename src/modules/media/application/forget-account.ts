import { accessTokens, users } from '#contracts/users';
import { on, type Subscription } from '#kernel/handlers';
import type { Tx } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';

import { idsOfOwner, removeOwner } from '../store/image-store.ts';
import type { Remove } from './delete-media.ts';

const when = { afterMs: accessTokens.overSeconds * 1000 };

type Account = { readonly userId: string };

/** Removes the pictures of a deleted account, and once more those that its last token has brought. */
export function forgetAccount(remove: Remove): {
  readonly again: SagaDefinition<Account>;
  readonly forget: Subscription;
} {
  const erase = async (tx: Tx, { userId }: Account): Promise<void> => {
    for (const id of await idsOfOwner(tx, userId)) await remove(tx, id);
    await removeOwner(tx, userId);
  };
  const again = defineSaga<Account>('forgetAgain', {
    version: 1,
    steps: [{ name: 'erase', commit: erase }],
  });
  const forget = on(users.events.userDeleted, async (tx, { data: { userId } }) => {
    await erase(tx, { userId });
    tx.startSaga(again, userId, { userId } satisfies Account, when);
  });
  return { again, forget };
}
