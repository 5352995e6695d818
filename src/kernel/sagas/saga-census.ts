import type { Reader } from '../ports/store.ts';
import type { Definitions } from './saga-definitions.ts';
import { type Saga, unfinished } from './saga-rows.ts';

/** As many as a person can look at, those that have waited longest; others follow as these are mended. */
const limit = 100;

/** What no loop can mend: sagas that wait for a person, and versions that this host does not have. */
export async function takeCensus({ sql }: Reader, { known }: Definitions) {
  type Manual = Pick<Saga, 'id' | 'name' | 'step' | 'epoch'> & { problem: string | null };
  const manual = await sql<Manual>`
    select id, name, step, epoch, problem from sagas where status = 'manual'
    order by updated_at limit ${limit}`;
  const unknown = await sql<Pick<Saga, 'name' | 'version'>>`
    select distinct name, version from sagas where ${unfinished} and not ${known} limit ${limit}`;
  return {
    manual: manual.map((row) => ({ ...row, problem: row.problem && JSON.parse(row.problem) })),
    unknown,
  };
}
