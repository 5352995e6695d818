import { type ModuleMigration, migration } from '../stores/migration.ts';

/**
 * What is known of each projection, and how far each of its generations has read each source.
 * `carried` is false while a new generation still takes over what no history holds any more.
 */
export const projectionMigrations: readonly ModuleMigration[] = [
  migration('kernel-0005-projections', [
    `create table projections (
      name text primary key,
      live integer not null,
      live_version integer not null,
      building integer,
      building_version integer,
      carried boolean not null,
      last integer not null,
      problem text
    )`,
    `create table projection_positions (
      name text not null,
      generation integer not null,
      source text not null,
      position bigint not null,
      primary key (name, generation, source)
    )`,
    `create table projection_leftovers (
      name text not null,
      generation integer not null,
      primary key (name, generation)
    )`,
  ]),
];
