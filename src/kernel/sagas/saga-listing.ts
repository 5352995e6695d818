import type { SagaEntry, SagaStatus } from '../ports/operator.ts';
import type { Sql, SqlText } from '../ports/store.ts';
import { raw } from '../stores/sql.ts';
import { iso, withPresent } from './saga-history.ts';
import { type SagaRow, sagaColumns, toSaga, unfinished } from './saga-rows.ts';

type ListedRow = SagaRow & { next_attempt_at: number; started_at: number; updated_at: number };

const listedColumns = raw(`${sagaColumns.text}, next_attempt_at, started_at, updated_at`);

/** What needs somebody, what is under way, what is over: each read through its own index. */
const groups = [
  { statuses: ['manual'], rows: raw(`status = 'manual'`), order: raw('updated_at') },
  { statuses: ['running', 'undoing'], rows: unfinished, order: raw('next_attempt_at') },
  {
    statuses: ['completed', 'undone'],
    rows: raw('ended_at is not null'),
    order: raw('ended_at desc'),
  },
] satisfies { statuses: SagaStatus[]; rows: SqlText; order: SqlText }[];

type Filter = { readonly status?: SagaStatus; readonly name?: string; readonly limit: number };

export async function listSagas(sql: Sql, { status, name, limit }: Filter): Promise<SagaEntry[]> {
  const listed: ListedRow[] = [];
  for (const { statuses, rows, order } of groups) {
    const left = limit - listed.length;
    const wanted: readonly string[] = statuses;
    if (left <= 0 || (status && !wanted.includes(status))) continue;
    const found = await sql<ListedRow>`
      select ${listedColumns} from sagas
      where ${rows} and (${status ?? ''} = '' or status = ${status ?? ''})
        and (${name ?? ''} = '' or name = ${name ?? ''})
      order by ${order} limit ${left}`;
    listed.push(...found);
  }
  return listed.map(toEntry);
}

/** By `id`, or `name:id`. Among sagas of one id: the one that needs somebody, then one under way. */
export async function findSaga(sql: Sql, idOrBoth: string): Promise<ListedRow | undefined> {
  const colon = idOrBoth.indexOf(':');
  const [name, id] = [idOrBoth.slice(0, Math.max(0, colon)), idOrBoth.slice(colon + 1)];
  const [row] = await sql<ListedRow>`
    select ${listedColumns} from sagas
    where id = ${idOrBoth} or (id = ${id} and name = ${name})
    order by case when status = 'manual' then 0 when ${unfinished} then 1 else 2 end, updated_at desc
    limit 1`;
  return row;
}

export function toEntry(row: ListedRow): SagaEntry {
  const { id, name, version, status, step, attempts, problem, state, ...saga } = toSaga(row);
  const waits = status === 'running' || status === 'undoing';
  return {
    ...{ id, name, version, status, step, attempts, problem },
    nextAttemptAt: waits ? iso(row.next_attempt_at) : null,
    startedAt: iso(row.started_at),
    updatedAt: iso(row.updated_at),
    state: JSON.parse(state),
    steps: waits
      ? withPresent({ step, attempts, undo: saga.undo, history: saga.history }, row.updated_at)
      : saga.history,
  };
}
