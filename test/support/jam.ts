import { join } from 'node:path';
import Database from 'better-sqlite3';

import { execute } from './database.ts';
import type { Place } from './shop.ts';

/** Runs one statement in a module's own database, on a connection of its own. */
export async function alter(
  { folder, databaseUrl }: Place,
  module: string,
  text: string,
): Promise<void> {
  if (databaseUrl !== undefined) {
    await execute(databaseUrl, `set search_path to "${module}"; ${text}`);
    return;
  }
  // Between two groups of the module's writer: they last no longer than a turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  const database = new Database(join(folder, `${module}.sqlite`));
  database.exec(text);
  database.close();
}

type Jam = {
  readonly module: string;
  readonly table: string;
  /** Which changes are refused, a condition on `new`. */
  readonly when: string;
};

/** Has a module's own database refuse a change of its rows, until the answer is called. */
export async function jam(
  place: Place,
  { module, table, when }: Jam,
): Promise<() => Promise<void>> {
  const jammed = `create trigger jam before update on ${table}`;
  if (place.databaseUrl === undefined) {
    const fault = "begin select raise(abort, 'jammed'); end";
    await alter(place, module, `${jammed} when ${when} ${fault}`);
    return () => alter(place, module, 'drop trigger jam');
  }
  const fault = "begin raise exception 'jammed'; end";
  await alter(
    place,
    module,
    `create function jam() returns trigger language plpgsql as $$ ${fault} $$;
     ${jammed} for each row when (${when}) execute function jam()`,
  );
  return () => alter(place, module, 'drop function jam cascade');
}

/** Parks a saga where it stands, as thirty crashes in its step would; what a try still writes is void. */
export function park(place: Place, module: string, name: string, id: string): Promise<void> {
  return alter(
    place,
    module,
    `update sagas set status = 'manual', lease_holder = null, epoch = epoch + 1
     where name = '${name}' and id = '${id}' and status in ('running', 'undoing')`,
  );
}
