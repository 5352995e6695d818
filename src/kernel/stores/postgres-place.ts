import pg from 'pg';

import { StartError } from '../start-error.ts';
import type { ModulePlace } from './postgres-pool.ts';

/**
 * Makes the module's role and schema where they are missing. Several hosts may do so at once.
 * Throws an `Error` that shows the statements to run by hand when the user of the URL may not.
 */
export async function preparePlace(place: ModulePlace): Promise<void> {
  const client = new pg.Client({ connectionString: place.url.href, keepAlive: true });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`set lock_timeout = ${waitForOthersMs}`);
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockName(place)]);
    for (const statement of statements(place)) await client.query(statement);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== insufficientPrivilege) throw error;
    throw new StartError(
      `The user of the database URL of ${place.schema} may not make its role and schema. Let an administrator run: ${plainStatements(place).join('; ')}`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

export function lockName({ schema }: ModulePlace): string {
  return `seamline:${schema}`;
}

/** Another host may be at it, and migrating at length, but not for ever. */
export const waitForOthersMs = 120_000;

const insufficientPrivilege = '42501';

/** Roles belong to the whole server, so another database may be making the same one this moment. */
function statements({ schema, role }: ModulePlace): readonly string[] {
  return [
    `do $$ begin
      if not exists (select from pg_roles where rolname = '${role}') then
        create role ${role} nologin;
      end if;
    exception when duplicate_object or unique_violation then null;
    end $$`,
    // From PostgreSQL 16 on, who made a role is its member but may not yet act as it: so try.
    `do $$ begin
      set local role ${role};
      reset role;
    exception when insufficient_privilege then
      execute format('grant ${role} to %I', current_user);
    end $$`,
    `do $$ begin
      if not exists (select from pg_namespace where nspname = '${schema}') then
        create schema "${schema}" authorization ${role};
      end if;
    end $$`,
  ];
}

function plainStatements({ schema, role, url }: ModulePlace): readonly string[] {
  return [
    `create role ${role} nologin`,
    `grant ${role} to "${decodeURIComponent(url.username)}"`,
    `create schema "${schema}" authorization ${role}`,
  ];
}
