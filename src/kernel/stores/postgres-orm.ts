import type pg from 'pg';

import type { OrmConnection } from './orm-session.ts';
import type { Query } from './postgres-session.ts';
import { ormTypes } from './postgres-types.ts';

/** A connection as the ORM sees it. */
export function postgresOrmConnection(
  run: (query: Query) => Promise<pg.QueryResult>,
): OrmConnection {
  return {
    async execute(text, params) {
      const { rows, rowCount } = await run({ text, params, types: ormTypes });
      return { rows, affected: rowCount ?? 0 };
    },
  };
}
