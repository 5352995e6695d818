import { freshDatabase } from '#test/database';
import type { StoreUnderTest } from '#test/stores';
import { type Ending, temporaryFolder } from '#test/temp-folder';

import { type Ledger, openLedger } from './ledger.ts';
import type { Place } from './trip-office.ts';

/** A place with no rows, and a ledger with no effects, for one test. */
export async function freshPlace(
  ending: Ending,
  on: StoreUnderTest,
): Promise<{ place: Place; ledger: Ledger }> {
  const dataDir = temporaryFolder(ending);
  const ledger = openLedger(temporaryFolder(ending));
  if (on.name === 'sqlite') return { place: { dataDir }, ledger };
  return { place: { dataDir, url: await freshDatabase(on.url, ending) }, ledger };
}
