import type { Tx } from '#kernel/ports/tx';

import { forgetExpired } from '../store/session-store.ts';

const batch = 500;

/** An expired token is refused by its date, so its session need not be remembered any longer. */
export async function forgetExpiredSessions(tx: Tx): Promise<'again' | undefined> {
  return (await forgetExpired(tx, batch)) === batch ? 'again' : undefined;
}
