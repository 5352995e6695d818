import type { Tx } from '#kernel/ports/tx';

import { pruneWebhooks } from '../store/webhook-store.ts';

/** A signature is good for five minutes before and after its time; a day is long past that. */
const keptMs = 86_400_000;

const batch = 500;

/** By the time that a webhook is forgotten, a replay of it is refused for its age. */
export async function forgetOldWebhooks(tx: Tx): Promise<'again' | undefined> {
  const gone = await pruneWebhooks(tx, tx.now - keptMs, batch);
  return gone === batch ? 'again' : undefined;
}
