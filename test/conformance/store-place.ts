import { createLogger } from '#kernel/log';
import type { Store } from '#kernel/ports/store';
import { migration } from '#kernel/stores/migration';
import { openStore, type StoreOptions } from '#kernel/stores/open-store';
import { freshDatabase } from '#test/database';
import type { StoreUnderTest } from '#test/stores';
import { type Ending, temporaryFolder } from '#test/temp-folder';

/** An empty folder or database, in which a test opens stores. All are closed when the test ends. */
export type StorePlace = {
  readonly folder: string;
  readonly url: string | undefined;
  open(parts?: Partial<StoreOptions>): Promise<Store>;
};

/** What most tests keep: a thing with a number. */
export const things = migration('0001-things', (dialect) => [
  `create table things (
    id text primary key,
    n bigint not null check (n >= 0),
    note text,
    flag boolean,
    bytes ${dialect === 'sqlite' ? 'blob' : 'bytea'}
  )`,
]);

export async function storePlace(store: StoreUnderTest, ending: Ending): Promise<StorePlace> {
  const opened: Store[] = [];
  ending.after(async () => {
    for (const one of opened) await one.close();
  });
  const folder = temporaryFolder(ending);
  const url = store.name === 'postgres' ? await freshDatabase(store.url, ending) : undefined;
  return {
    folder,
    url,
    async open(parts = {}) {
      const one = await openStore({ ...defaults(folder, url), ...parts });
      opened.push(one);
      return one;
    },
  };
}

function defaults(dataDir: string, url: string | undefined): StoreOptions {
  return {
    module: 'shelf',
    definition: { entities: [], migrations: [things] },
    kernelMigrations: [],
    url: url === undefined ? undefined : new URL(url),
    dataDir,
    log: createLogger('silent'),
  };
}

/** The number of a thing, as everybody sees it. */
export async function numberOf(
  { reader: { sql } }: Store,
  id: string,
): Promise<number | undefined> {
  const [row] = await sql<{ n: number }>`select n from things where id = ${id}`;
  return row?.n;
}

/** The ids of all things, in order, as everybody sees them. */
export async function idsIn({ reader: { sql } }: Store): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>`select id from things order by id`;
  return rows.map(({ id }) => id);
}
