import type { Handler } from '#kernel/handlers';

import type { users } from '../contract.ts';
import { endSession, lockToken } from '../store/session-store.ts';
import type { TokenMint } from './tokens.ts';

/** Access tokens of the session live on for their few minutes: nobody asks us about those. */
export function logout(mint: TokenMint): Handler<typeof users.calls.logout> {
  return async (tx, { refreshToken }) => {
    const found = await lockToken(tx, mint.hashSecret(refreshToken));
    if (found) await endSession(tx, found.session.id, 'logout');
    return {};
  };
}
