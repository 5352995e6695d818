import type { ScheduleEntry } from '../ports/operator.ts';
import type { Reader, StoreTx } from '../ports/store.ts';
import { type ModuleMigration, migration } from '../stores/migration.ts';
import { databaseClock } from '../stores/sql-words.ts';

/** One row a schedule. Times are milliseconds of the database's clock, which all instances share. */
export const scheduleMigrations: readonly ModuleMigration[] = [
  migration('kernel-0006-schedules', [
    `create table schedules (
      name text primary key,
      pattern text not null,
      due_at bigint not null,
      done_at bigint
    )`,
  ]),
];

/** Makes the row of a schedule; one whose pattern has changed is due by the new one. */
export async function introduce(
  { sql }: StoreTx,
  { name, pattern, dueAt }: { name: string; pattern: string; dueAt: number },
): Promise<void> {
  await sql`
    insert into schedules (name, pattern, due_at) values (${name}, ${pattern}, ${dueAt})
    on conflict (name) do update set pattern = excluded.pattern, due_at = excluded.due_at
    where schedules.pattern <> excluded.pattern`;
}

/** Milliseconds until the schedule is due, below zero when it has been; asks without a transaction. */
export async function waitOf({ sql }: Reader, name: string): Promise<number> {
  const [row] = await sql<{ wait: number }>`
    select due_at - ${databaseClock(sql)} as wait from schedules where name = ${name}`;
  return Number(row?.wait ?? Number.POSITIVE_INFINITY);
}

/** Holds the schedule if it is due and nobody else holds it, until the transaction ends. */
export async function takeDue({ sql }: StoreTx, name: string) {
  const now = databaseClock(sql);
  const [row] = await sql<{ due_at: number; now: number }>`
    select due_at, ${now} as now from schedules
    where name = ${name} and due_at <= ${now} ${sql.skipLocked}`;
  return row && { at: Number(row.due_at), now: Number(row.now) };
}

export async function setNext({ sql }: StoreTx, name: string, dueAt: number): Promise<void> {
  await sql`
    update schedules set due_at = ${dueAt}, done_at = ${databaseClock(sql)} where name = ${name}`;
}

export async function listSchedules({ sql }: Reader): Promise<readonly ScheduleEntry[]> {
  type Row = { name: string; pattern: string; due_at: number; done_at: number | null };
  const rows = await sql<Row>`select name, pattern, due_at, done_at from schedules order by name`;
  return rows.map(({ name, pattern, due_at, done_at }) => ({
    name,
    pattern,
    dueAt: new Date(Number(due_at)).toISOString(),
    doneAt: done_at === null ? null : new Date(Number(done_at)).toISOString(),
  }));
}
