import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';

import { createLogger } from '#kernel/log';
import type { Store } from '#kernel/ports/store';
import { type CopiedModule, openCopySource } from '#kernel/stores/copy/copy-source';
import { copyStore, type StoreCopy } from '#kernel/stores/copy/copy-store';
import type { ModuleMigration } from '#kernel/stores/migration';
import { migration } from '#kernel/stores/migration';
import { openStore } from '#kernel/stores/open-store';
import { execute, freshDatabase } from '#test/database';
import { type Ending, temporaryFolder } from '#test/temp-folder';

/** A module's store in a folder, and an empty database for it to go to. */
export type CopyPlace = {
  readonly module: string;
  readonly folder: string;
  readonly url: string;
  /** Works on the file as the module does. */
  onSqlite<T>(work: (store: Store) => Promise<T>): Promise<T>;
  onPostgres<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** Does to the file what the module never would. */
  tamper(statement: string, ...params: readonly unknown[]): void;
  /** Runs one statement in the target, as its administrator. */
  ask(statement: string): Promise<unknown[]>;
  copy(migrations?: readonly ModuleMigration[]): Promise<StoreCopy>;
};

const log = createLogger('silent');

/** Every kind of column, first rows, numbers of the database's own, and rows that refer to rows. */
export const shelves = migration('0001-shelves', (dialect) => [
  `create table shelves (
    number ${dialect === 'sqlite' ? 'integer' : 'bigint generated always as identity'} primary key,
    label text unique,
    above bigint references shelves (number),
    room text
  )`,
  `create table things (
    id text primary key,
    shelf bigint not null references shelves (number),
    n bigint not null,
    flag boolean,
    bytes ${dialect === 'sqlite' ? 'blob' : 'bytea'},
    share ${dialect === 'sqlite' ? 'real' : 'double precision'},
    price numeric(20, 4),
    note text
  )`,
  'create table progress (position bigint not null)',
  'insert into progress (position) values (0)',
]);

export async function copyPlace(
  serverUrl: string,
  ending: Ending,
  migrations: readonly ModuleMigration[] = [shelves],
): Promise<CopyPlace> {
  const folder = temporaryFolder(ending);
  const url = await freshDatabase(serverUrl, ending);
  // Roles belong to the whole server, and other tests have a shelf too.
  const module = `shelf_${randomBytes(4).toString('hex')}`;
  ending.after(async () => {
    await execute(serverUrl, `drop role if exists seamline_${module}`);
  });
  const copied = (list: readonly ModuleMigration[]): CopiedModule => ({
    module,
    definition: { entities: [], migrations: list },
    kernelMigrations: [],
    dataDir: folder,
    log,
  });
  const on = async <T>(at: URL | undefined, work: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openStore({ ...copied(migrations), url: at });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };
  return {
    module,
    folder,
    url,
    onSqlite: (work) => on(undefined, work),
    onPostgres: (work) => on(new URL(url), work),
    tamper(statement, ...params) {
      const database = new Database(join(folder, `${module}.sqlite`));
      database.prepare(statement).run(...params);
      database.close();
    },
    ask: (statement) => execute(url, statement.replaceAll('MODULE', module)),
    async copy(list = migrations) {
      const source = await openCopySource(copied(list));
      try {
        return await copyStore(source, new URL(url), log);
      } finally {
        source.close();
      }
    },
  };
}
