import type { OutputOf } from '#kernel/contract';
import type { Handler } from '#kernel/handlers';

import type { users } from '../contract.ts';
import { listSigningKeys } from '../store/signing-key-store.ts';

type PublicKey = OutputOf<typeof users.calls.getSigningKeys>['keys'][number];

/** Retired keys are gone from the store, so every key that is there is good. */
export const getSigningKeys: Handler<typeof users.calls.getSigningKeys> = async (read) => {
  const keys = await listSigningKeys(read);
  return { keys: keys.map(({ publicJwk }) => publicJwk as PublicKey) };
};
