import { type Handler, twoSteps } from '#kernel/handlers';
import type { Clock } from '#kernel/ports/clock';

import { users } from '../contract.ts';
import { judgeRefresh } from '../domain/session.ts';
import { endSession, findUserOfToken, lockToken, rotateToken } from '../store/session-store.ts';
import { findAccount } from '../store/user-store.ts';
import { bearer, issueAccessToken } from './access-token.ts';
import type { TokenMint } from './tokens.ts';

/**
 * The end of a session whose token came twice must outlast the refusal, so that refusal is returned,
 * which keeps its effects, where the others are thrown.
 */
export function refreshTokens(
  mint: TokenMint,
  clock: Clock,
): Handler<typeof users.calls.refreshTokens> {
  return twoSteps(
    async (_ctx, { refreshToken }, read) => {
      const userId = await findUserOfToken(read, mint.hashSecret(refreshToken));
      const account = userId === undefined ? undefined : await findAccount(read, userId);
      if (!account) throw users.errors.invalidRefreshToken();
      return await issueAccessToken(mint, clock, read, account);
    },
    async (tx, { refreshToken }, { prepared: accessToken }) => {
      const found = await lockToken(tx, mint.hashSecret(refreshToken));
      if (!found) throw users.errors.invalidRefreshToken();
      const verdict = judgeRefresh(found.token, found.session, tx.now);
      if (verdict === 'reused') await endSession(tx, found.session.id, 'token_reused');
      if (verdict !== 'rotate') return users.errors.invalidRefreshToken();
      const next = mint.makeSecret();
      await rotateToken(tx, found, mint.hashSecret(next));
      return bearer(accessToken, next);
    },
  );
}
