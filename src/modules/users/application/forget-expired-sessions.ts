import type { Tx } from '#kernel/ports/tx';

import { forgetSessions, forgetTokens } from '../store/session-store.ts';

const batch = 500;

/** An expired token is refused by its date, so neither it nor its session need be remembered any longer. */
export async function forgetExpiredSessions(tx: Tx): Promise<'again' | undefined> {
  const gone = [await forgetSessions(tx, batch), await forgetTokens(tx, batch)];
  return gone.includes(batch) ? 'again' : undefined;
}
