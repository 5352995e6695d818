import { type ModuleMigration, migration } from '../stores/migration.ts';
import { keyedTable } from '../stores/sql-words.ts';

/**
 * What a module has heard. A lane is a subject of a source, and `sequence` the last event that it has
 * passed: lanes are kept for ever, so that an event that comes back after its row was pruned is
 * still known. In `inbox_events` a waiting row without `due_at` stands behind a parked one.
 */
export const inboxMigrations: readonly ModuleMigration[] = [
  migration('kernel-0003-inbox', (dialect) => [
    `create table inbox_lanes (
      source text not null,
      subject text not null,
      sequence bigint not null,
      primary key (source, subject)
    ) ${keyedTable(dialect)}`,
    `create table inbox_events (
      source text not null,
      subject text not null,
      sequence bigint not null,
      id text not null unique,
      event text not null,
      state text not null
        check (state in ('waiting', 'parked', 'skipped', 'discarded', 'done')),
      attempts integer not null default 0,
      due_at bigint,
      owner text not null,
      received_at bigint not null,
      problem text,
      primary key (source, subject, sequence)
    )`,
    'create index inbox_events_by_state on inbox_events (state, received_at)',
    "create index inbox_events_due on inbox_events (state, due_at) where state = 'waiting'",
    'create table inbox_sources (source text primary key, position bigint not null)',
    'create table inbox_workers (id text primary key, alive_until bigint not null)',
  ]),
];
