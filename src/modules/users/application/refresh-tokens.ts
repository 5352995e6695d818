import { type Handler, twoSteps } from '#kernel/handlers';
import type { Clock } from '#kernel/ports/clock';
import type { Logger } from '#kernel/ports/logger';
import type { Tx } from '#kernel/ports/tx';

import { users } from '../contract.ts';
import { judgeRefresh, type Session } from '../domain/session.ts';
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
  log: Logger,
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
      if (verdict === 'reused') await endStolen(tx, found.session, log);
      if (verdict !== 'rotate') return users.errors.invalidRefreshToken();
      const next = mint.makeSecret();
      await rotateToken(tx, found, mint.hashSecret(next));
      return bearer(accessToken, next);
    },
  );
}

async function endStolen(tx: Tx, { id: session, userId: user }: Session, log: Logger) {
  await endSession(tx, session, 'token_reused');
  const facts = { audit: 'refresh_token_reused', session, user };
  tx.afterCommit(() => log.warn(facts, 'a refresh token came twice; its session has ended'));
}
