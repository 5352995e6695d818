import { freshDatabase } from '#test/database';
import type { StoreUnderTest } from '#test/stores';
import { type Ending, temporaryFolder } from '#test/temp-folder';

import { type Ledger, openLedger } from './ledger.ts';
import type { Place } from './trip-office.ts';

export type FreshPlace = {
  readonly place: Place;
  readonly ledger: Ledger;
  /** For whoever works in the place: closed before the place itself is gone. */
  readonly ending: Ending;
};

/** A place with no rows, and a ledger with no effects, for one test. */
export async function freshPlace(test: Ending, on: StoreUnderTest): Promise<FreshPlace> {
  const ending = lastFirst(test);
  const dataDir = temporaryFolder(ending);
  const ledger = openLedger(temporaryFolder(ending));
  if (on.name === 'sqlite') return { place: { dataDir }, ledger, ending };
  return { place: { dataDir, url: await freshDatabase(on.url, ending) }, ledger, ending };
}

/** The runner cleans up in the order of asking, which would pull the place from under an engine. */
function lastFirst(test: Ending): Ending {
  const cleanUps: (() => void | Promise<void>)[] = [];
  test.after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  return { after: (cleanUp) => cleanUps.push(cleanUp) };
}
