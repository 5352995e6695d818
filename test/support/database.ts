import { randomBytes } from 'node:crypto';
import pg from 'pg';

import type { Ending } from './temp-folder.ts';

/** Runs one statement on a connection of its own. Answers the rows. */
export async function execute(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  // The server may break the connection off while it starts or stops; the query reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Makes an empty database on the server at `serverUrl`, and drops it when the test ends, whoever is
 * still connected. Answers its URL. Roles belong to the whole server: name yours after the database.
 */
export async function freshDatabase(serverUrl: string, ending: Ending): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `create database ${name}`);
  ending.after(async () => {
    await execute(serverUrl, `drop database if exists ${name} with (force)`);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
