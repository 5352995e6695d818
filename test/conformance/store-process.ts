// A process of its own with a SQLite store, for tests that kill it: DATA_DIR and one word of what to
// do. It prints a line for each thing that has happened.
import { createLogger } from '#kernel/log';
import { migration } from '#kernel/stores/migration';
import { openStore } from '#kernel/stores/open-store';

import { things } from './store-place.ts';

const [, , dataDir = '', task = 'hold'] = process.argv;

/** Long enough to be killed in the middle of: some hundred thousand rows, and then one table more. */
const long = migration('0002-long', [
  'create table first_half (id integer primary key, filler text not null)',
  `insert into first_half (filler)
    with recursive counter (i) as (select 1 union all select i + 1 from counter where i < 2000000)
    select 'some forty characters to fill a page with' from counter`,
  'create table second_half (id text)',
]);

const store = await openStore({
  module: 'shelf',
  definition: { entities: [], migrations: task === 'migrate' ? [things, long] : [things] },
  kernelMigrations: [],
  url: undefined,
  dataDir,
  log: createLogger('silent'),
});
console.log('open');

if (task === 'load') {
  await Promise.all(Array.from({ length: 40 }, (_, client) => writeForEver(client)));
} else {
  setInterval(() => {}, 60_000);
}

/** Two rows a work, so that half a work would show; acknowledged on standard output. */
async function writeForEver(client: number): Promise<never> {
  for (let i = 0; ; i += 1) {
    const id = `${process.pid}-${client}-${i}`;
    await store.write(async ({ sql }) => {
      await sql`insert into things (id, n) values (${`${id}-a`}, ${i})`;
      await sql`insert into things (id, n) values (${`${id}-b`}, ${i})`;
    });
    console.log(id);
  }
}
