import { type Constructor, MikroORM } from '@mikro-orm/core';
import { Migration, Migrator } from '@mikro-orm/migrations';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { AbstractSqlDriver } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { Kysely } from 'kysely';

import type { Dialect } from '../ports/store.ts';
import type { ModuleMigration } from './migration.ts';
import { migrationTable } from './migration-table.ts';
import { ormDialect } from './orm-dialect.ts';
import type { OrmDatabase } from './orm-session.ts';

/**
 * Lets MikroORM's Migrator apply what is pending, all in one transaction: after a crash or an error
 * the store is at its old version, whole. Loaded only when something is pending.
 */
export async function runMigrations(
  { dialect, schema, connection }: OrmDatabase,
  migrations: readonly ModuleMigration[],
): Promise<void> {
  // The Migrator would make a database that it does not find, so it has to know the right name.
  const [named] = dialect === 'sqlite' ? [] : (await connection.execute(nameQuery, [])).rows;
  const orm = new MikroORM<AbstractSqlDriver>({
    driver: dialect === 'sqlite' ? SqliteDriver : PostgreSqlDriver,
    dbName: (named as { name: string } | undefined)?.name ?? 'main',
    ensureDatabase: false,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    driverOptions: new Kysely({ dialect: ormDialect(dialect, connection, 'begun here') }),
    contextName: 'migrations',
    ...(schema === undefined ? {} : { schema }),
    migrations: {
      tableName: migrationTable,
      migrationsList: migrations.map((one) => ({ name: one.name, class: asClass(one, dialect) })),
      transactional: true,
      allOrNothing: true,
      disableForeignKeys: false,
      snapshot: false,
      silent: true,
    },
  });
  await orm.migrator.up();
}

const nameQuery = 'select current_database() as name';

function asClass({ statements }: ModuleMigration, dialect: Dialect): Constructor<Migration> {
  return class extends Migration {
    override up(): void {
      for (const statement of statements(dialect)) this.addSql(statement);
    }
  };
}
