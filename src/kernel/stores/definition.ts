import type { EntitySchema } from '@mikro-orm/core';

import type { ModuleMigration } from './migration.ts';

/** What a module keeps: its MikroORM entities, and the migrations that make their tables. */
export type ModuleStoreDefinition = {
  // biome-ignore lint/suspicious/noExplicitAny: entities of any shape.
  readonly entities: readonly EntitySchema<any, any>[];
  readonly migrations: readonly ModuleMigration[];
};
