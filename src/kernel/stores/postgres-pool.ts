import pg from 'pg';

import type { Logger } from '../ports/logger.ts';
import { sqlTypes } from './postgres-types.ts';

/** Whose rows: a module has a schema of its own name, and a role that sees nothing else. */
export type ModulePlace = { readonly url: URL; readonly schema: string; readonly role: string };

/** A statement that runs longer is broken off by the server. */
const statementTimeoutMs = 15_000;

/** The server breaks off a transaction in which nothing happens for so long. */
const idleInTransactionMs = 10_000;

/** Without any answer for so long the connection itself is given up. */
const silenceMs = statementTimeoutMs + 2_000;

/** How long a work waits for a free connection before it is refused. */
const acquireMs = 5_000;

export const defaultPoolSize = 10;

export function modulePlace(url: URL, module: string): ModulePlace {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(module)) {
    throw new TypeError(`${module} cannot be the name of a schema: a-z, 0-9 and _ only.`);
  }
  return { url, schema: module, role: `seamline_${module}` };
}

/** Connections that act as the module's role. Outside `begin ... read write` they can only read. */
export function openPool(place: ModulePlace, size: number, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions(place, {
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      default_transaction_read_only: 'on',
    }),
    max: size,
    connectionTimeoutMillis: acquireMs,
    idleTimeoutMillis: 60_000,
    query_timeout: silenceMs,
  });
  // A connection that breaks while nobody uses it is replaced by the pool. Without a listener the
  // event would end the process, also for one that is in use, whose query tells of it anyway.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle PostgreSQL connection broke'));
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

type ServerSettings = Readonly<Record<string, string | number>>;

/** As the module's role in its schema. `settings` hold from the first statement on. */
export function connectionOptions(
  { url, schema, role }: ModulePlace,
  settings: ServerSettings,
): pg.ClientConfig {
  const all = { role, search_path: schema, ...settings };
  const flags = Object.entries(all).map(([name, value]) => `-c ${name}=${value}`);
  const bare = new URL(url);
  // What stands in the URL would win over the options here, so the two are joined.
  const own = bare.searchParams.get('options');
  bare.searchParams.delete('options');
  return {
    connectionString: bare.href,
    options: [...(own === null ? [] : [own]), ...flags].join(' '),
    application_name: `seamline/${schema}`,
    keepAlive: true,
    types: sqlTypes,
  };
}
