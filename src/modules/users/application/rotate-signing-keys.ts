import type { Clock } from '#kernel/ports/clock';
import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import { nextKey, retiredKeys } from '../domain/keyring.ts';
import {
  addSigningKey,
  listSigningKeys,
  removeSigningKey,
  type SigningKey,
} from '../store/signing-key-store.ts';
import type { TokenMint } from './tokens.ts';

/** Makes the next key pair when it is due. The pair takes time, so it is made before the transaction. */
export function prepareNextKey(mint: TokenMint, clock: Clock) {
  return async (_ctx: unknown, read: Reader): Promise<SigningKey | undefined> => {
    const times = nextKey(await listSigningKeys(read), clock.now());
    return times && { ...times, ...(await mint.makeKeyPair()) };
  };
}

/** Several instances may bring the same generation; the first is kept. Old keys leave with this. */
export async function rotateSigningKeys(tx: Tx, next: SigningKey | undefined): Promise<void> {
  if (next) await addSigningKey(tx, next);
  for (const { generation } of retiredKeys(await listSigningKeys(tx), tx.now)) {
    await removeSigningKey(tx, generation);
  }
}
