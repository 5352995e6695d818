import type { Clock } from '#kernel/ports/clock';
import type { Reader } from '#kernel/ports/store';

import { accessTokens, type Tokens } from '../contract.ts';
import { signingKey } from '../domain/keyring.ts';
import { listSigningKeys } from '../store/signing-key-store.ts';
import type { Account } from '../store/user-store.ts';
import type { TokenMint } from './tokens.ts';

/** Signs an access token with the key of the hour. Works before the transaction: signing waits. */
export async function issueAccessToken(
  mint: TokenMint,
  clock: Clock,
  read: Reader,
  account: Account,
): Promise<string> {
  const now = clock.now();
  const key = signingKey(await listSigningKeys(read), now);
  if (!key) throw new Error('There is no signing key, though every start makes the first.');
  return await mint.signAccess(key, account, now);
}

export function bearer(accessToken: string, refreshToken: string): Tokens {
  const expiresIn = accessTokens.lifetimeSeconds;
  return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn };
}
