import type { Role } from '#kernel/ports/call-context';
import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import { users as contract, type User } from '../contract.ts';

/** A user with what only this module knows of them. */
export type Account = Omit<User, 'emailVerified'> & {
  readonly passwordHash: string;
  readonly emailVerifiedAt: string | null;
};

type Row = {
  id: string;
  email: string;
  username: string;
  password_hash: string;
  roles: string;
  email_verified_at: string | null;
  pending_email: string | null;
  created_at: string;
  updated_at: string;
};

export async function findAccount({ sql }: Reader, id: string): Promise<Account | undefined> {
  const [row] = await sql<Row>`select * from users where id = ${id}`;
  return row && toAccount(row);
}

export async function findAccountByEmail(
  { sql }: Reader,
  email: string,
): Promise<Account | undefined> {
  const [row] = await sql<Row>`select * from users where email = ${email}`;
  return row && toAccount(row);
}

/** Holds the account until the transaction ends, so that its password can't change under a login. */
export async function lockAccount({ sql }: Tx, id: string): Promise<Account | undefined> {
  const [row] = await sql<Row>`select * from users where id = ${id} ${sql.forUpdate}`;
  return row && toAccount(row);
}

export async function hasAdministrator({ sql }: Reader): Promise<boolean> {
  const rows = await sql`select id from users where roles like '%"admin"%' limit 1`;
  return rows.length > 0;
}

/** Holds all administrators until the transaction ends, so that two can't each leave the other as the last. */
export async function lockAdministrators({ sql }: Tx): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>`
    select id from users where roles like '%"admin"%' order by id ${sql.forUpdate}`;
  return rows.map(({ id }) => id);
}

/** Answers false when the address has an account already. */
export async function addAccount({ sql }: Tx, account: Account): Promise<boolean> {
  const { id, email, username, passwordHash, emailVerifiedAt, createdAt, updatedAt } = account;
  const roles = JSON.stringify(account.roles);
  const added = await sql`
    insert into users (id, email, username, password_hash, roles, email_verified_at, created_at,
      updated_at)
    values (${id}, ${email}, ${username}, ${passwordHash}, ${roles}, ${emailVerifiedAt},
      ${createdAt}, ${updatedAt})
    on conflict (email) do nothing returning id`;
  return added.length > 0;
}

/** Throws `emailTaken` when the new address belongs to somebody else. */
export async function saveAccount({ sql }: Tx, account: Account): Promise<void> {
  const { id, email, username, passwordHash, emailVerifiedAt, pendingEmail, updatedAt } = account;
  try {
    await sql`
      update users set email = ${email}, username = ${username}, password_hash = ${passwordHash},
        email_verified_at = ${emailVerifiedAt}, pending_email = ${pendingEmail}, updated_at = ${updatedAt}
      where id = ${id}`;
  } catch (error) {
    // Asking first would still lose the race of two who want one address.
    if (isUniqueViolation(error)) throw contract.errors.emailTaken();
    throw error;
  }
}

/** Leaves nothing of the account but that this id was somebody's, once. */
export async function removeAccount({ sql, nowIso }: Tx, id: string): Promise<void> {
  await sql`delete from sessions where user_id = ${id}`;
  await sql`delete from users where id = ${id}`;
  await sql`
    insert into deleted_users (id, deleted_at) values (${id}, ${nowIso}) on conflict do nothing`;
}

export async function wasDeleted({ sql }: Reader, id: string): Promise<boolean> {
  const rows = await sql`select id from deleted_users where id = ${id}`;
  return rows.length > 0;
}

export function toUser({ passwordHash: _, emailVerifiedAt, ...user }: Account): User {
  return { ...user, emailVerified: emailVerifiedAt !== null };
}

function toAccount(row: Row): Account {
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    passwordHash: row.password_hash,
    roles: JSON.parse(row.roles) as Role[],
    emailVerifiedAt: row.email_verified_at,
    pendingEmail: row.pending_email,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** SQLSTATE 23505 of PostgreSQL, or SQLite's own word for it. */
const uniqueViolations = ['23505', 'SQLITE_CONSTRAINT_UNIQUE'];

function isUniqueViolation(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && uniqueViolations.includes(code)) return true;
  return cause instanceof Error && isUniqueViolation(cause);
}
