import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { execute } from '#test/database';
import { until } from '#test/until';

/** Looks for a while under load. Answers, by module, the most connections that it had. */
export async function mostConnections(
  url: string,
  lookMs: number,
): Promise<Record<string, number>> {
  const most: Record<string, number> = {};
  for (const overAt = performance.now() + lookMs; performance.now() < overAt; await pause(50)) {
    const rows = await execute(
      url,
      `select application_name as name, count(*)::int as n from pg_stat_activity
        where datname = current_database() and application_name like 'seamline/%' group by 1`,
    );
    for (const { name, n } of rows as { name: string; n: number }[]) {
      most[name] = Math.max(most[name] ?? 0, n);
    }
  }
  return most;
}

/** Every saga has ended, every event has left and has been heard. */
export async function nothingIsLeft(url: string): Promise<void> {
  const modules = ['orders', 'payments', 'inventory', 'notifications'];
  const left = modules.flatMap((module) => [
    `(select count(*) from ${module}.sagas where status in ('running', 'undoing', 'manual'))`,
    `(select count(*) from ${module}.outbox where published_at is null)`,
    `(select count(*) from ${module}.inbox_events where state in ('waiting', 'parked'))`,
  ]);
  await until(
    async () => {
      const [row] = (await execute(url, `select (${left.join(' + ')})::int as n`)) as {
        n: number;
      }[];
      return row?.n === 0;
    },
    { what: 'sagas, outboxes and inboxes to be done', timeoutMs: 60_000, everyMs: 200 },
  );
}

type Due = { readonly name: string; readonly due_at: string };

export async function dueTimes(url: string): Promise<readonly Due[]> {
  return (await execute(
    url,
    'select name, due_at from inventory.schedules order by name',
  )) as Due[];
}

/** What was due soon by the SQLite file has been done since, and is due again later. */
export async function timersRing(url: string, before: readonly Due[]): Promise<void> {
  assert.ok(before.length > 0);
  await until(
    async () => {
      const now = await dueTimes(url);
      const soon = before.filter(({ due_at }) => Number(due_at) < Date.now() - 2000);
      assert.deepEqual(
        now.map(({ name }) => name),
        before.map(({ name }) => name),
      );
      return (
        soon.length > 0 &&
        soon.every(({ name, due_at }) =>
          now.some((one) => one.name === name && Number(one.due_at) > Number(due_at)),
        )
      );
    },
    { what: 'schedules to be kept', timeoutMs: 30_000, everyMs: 200 },
  );
}

/** The role of each module can read its own schema, and no table of any other. */
export async function neighboursAreClosed(url: string): Promise<void> {
  const rows = await execute(
    url,
    `select t.schemaname as owner, n.nspname as reader, count(*)::int as readable
      from pg_tables t cross join pg_namespace n
      where t.schemaname in (select nspname from pg_namespace where nspowner::regrole::text like 'seamline_%')
        and n.nspowner::regrole::text like 'seamline_%'
        and has_schema_privilege('seamline_' || n.nspname, t.schemaname, 'usage')
        and has_table_privilege('seamline_' || n.nspname,
          quote_ident(t.schemaname) || '.' || quote_ident(t.tablename), 'select')
      group by 1, 2`,
  );
  const pairs = rows as { owner: string; reader: string; readable: number }[];
  assert.equal(pairs.length, 9);
  for (const { owner, reader, readable } of pairs) {
    assert.equal(owner, reader);
    assert.ok(readable > 10);
  }
}
