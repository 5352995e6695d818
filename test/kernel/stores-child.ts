// A process of its own on SQLite stores: DATA_DIR, and the modules that run in it. It writes to each in
// turn, always the same number to all of them, and prints each number that all of them have.
import { createLogger } from '#kernel/log';
import { migration } from '#kernel/stores/migration';
import { openStore } from '#kernel/stores/open-store';

const [, , dataDir = '', ...modules] = process.argv;
const counters = migration('0001-counter', ['create table counter (n bigint not null)']);

const stores = await Promise.all(
  modules.map((module) =>
    openStore({
      module,
      definition: { entities: [], migrations: [counters] },
      kernelMigrations: [],
      url: undefined,
      dataDir,
      log: createLogger('silent'),
    }),
  ),
);
console.log('open');
for (let n = 1; ; n += 1) {
  for (const store of stores) {
    await store.write(({ sql }) => sql`insert into counter (n) values (${n})`);
  }
  console.log(n);
}
