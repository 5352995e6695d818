import { type ModuleMigration, migration } from '../stores/migration.ts';

/**
 * All there is of a saga: one row, in the store of the module that owns it. Times are milliseconds of
 * the database's clock. What each step came to is kept in the row too (`history`), so that an
 * advance is one statement; it has at most one entry a step and direction.
 */
export const sagaMigrations: readonly ModuleMigration[] = [
  migration('kernel-0004-sagas', [
    `create table sagas (
      id text not null,
      name text not null,
      version integer not null,
      status text not null
        check (status in ('running', 'undoing', 'completed', 'undone', 'manual')),
      step text not null,
      state text not null,
      undo text,
      attempts integer not null,
      lapses integer not null,
      woken boolean not null,
      next_attempt_at bigint not null,
      lease_holder text,
      lease_until bigint,
      epoch bigint not null,
      problem text,
      history text not null,
      trace text not null,
      started_at bigint not null,
      updated_at bigint not null,
      ended_at bigint,
      primary key (id, name)
    )`,
    `create index sagas_due on sagas (next_attempt_at) where status in ('running', 'undoing')`,
    `create index sagas_manual on sagas (updated_at) where status = 'manual'`,
    'create index sagas_ended on sagas (ended_at) where ended_at is not null',
  ]),
];
