import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import { type RefreshToken, refreshTokenMs, type Session } from '../domain/session.ts';

/** Why a session ended, for whoever looks into an incident. */
export type SessionEnd = 'logout' | 'token_reused' | 'password_changed' | 'password_reset';

export type SessionToken = { readonly token: RefreshToken; readonly session: Session };

type Row = {
  hash: string;
  expires_at: number;
  used_at: number | null;
  session_id: string;
  user_id: string;
  ended_at: number | null;
};

type SessionRow = {
  id: string;
  opened_at: number;
  expires_at: number;
  ended_at: number | null;
  ended_by: string | null;
};

/** The user whose session a token belongs to, whatever has become of either. */
export async function findUserOfToken({ sql }: Reader, hash: string): Promise<string | undefined> {
  const [row] = await sql<{ user_id: string }>`
    select s.user_id from refresh_tokens t join sessions s on s.id = t.session_id
    where t.hash = ${hash}`;
  return row?.user_id;
}

/** Holds the session until the transaction ends, so that one token can't be changed twice. */
export async function lockToken({ sql }: Tx, hash: string): Promise<SessionToken | undefined> {
  const [place] = await sql<{ session_id: string }>`
    select session_id from refresh_tokens where hash = ${hash}`;
  if (!place) return undefined;
  await sql`select id from sessions where id = ${place.session_id} ${sql.forUpdate}`;
  const [row] = await sql<Row>`
    select t.hash, t.expires_at, t.used_at, t.session_id, s.user_id, s.ended_at
    from refresh_tokens t join sessions s on s.id = t.session_id
    where t.hash = ${hash}`;
  return row && toSessionToken(row);
}

/** Opens a session whose first token has this hash. */
export async function openSession(tx: Tx, userId: string, hash: string): Promise<void> {
  const id = tx.newId();
  const expiresAt = tx.now + refreshTokenMs;
  await tx.sql`
    insert into sessions (id, user_id, opened_at, expires_at)
    values (${id}, ${userId}, ${tx.now}, ${expiresAt})`;
  await addToken(tx, id, hash, expiresAt);
}

/** Uses a token up, and lets the session go on with the next. */
export async function rotateToken(tx: Tx, { token, session }: SessionToken, nextHash: string) {
  const expiresAt = tx.now + refreshTokenMs;
  await tx.sql`update refresh_tokens set used_at = ${tx.now} where hash = ${token.hash}`;
  await tx.sql`update sessions set expires_at = ${expiresAt} where id = ${session.id}`;
  await addToken(tx, session.id, nextHash, expiresAt);
}

export async function endSession({ sql, now }: Tx, id: string, why: SessionEnd): Promise<void> {
  await sql`
    update sessions set ended_at = ${now}, ended_by = ${why} where id = ${id} and ended_at is null`;
}

export async function endSessionsOf({ sql, now }: Tx, userId: string, why: SessionEnd) {
  await sql`
    update sessions set ended_at = ${now}, ended_by = ${why}
    where user_id = ${userId} and ended_at is null`;
}

/** A session as its user sees it. */
export type SessionFacts = {
  readonly id: string;
  readonly openedAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
};

/** Every session of a user that is still kept, the oldest first. */
export async function listSessions({ sql }: Reader, userId: string): Promise<SessionFacts[]> {
  const rows = await sql<SessionRow>`
    select * from sessions where user_id = ${userId} order by opened_at, id`;
  return rows.map((row) => ({
    id: row.id,
    openedAt: row.opened_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endedBy: row.ended_by,
  }));
}

/** Forgets sessions whose last token has expired, at most `limit`; answers how many. */
export async function forgetSessions({ sql, now }: Tx, limit: number): Promise<number> {
  const gone = await sql`
    delete from sessions where id in (
      select id from sessions where expires_at <= ${now} order by expires_at limit ${limit})
    returning id`;
  return gone.length;
}

/** Forgets expired tokens, also of sessions that go on, at most `limit`; answers how many. */
export async function forgetTokens({ sql, now }: Tx, limit: number): Promise<number> {
  const gone = await sql`
    delete from refresh_tokens where hash in (
      select hash from refresh_tokens where expires_at <= ${now} order by expires_at limit ${limit})
    returning hash`;
  return gone.length;
}

async function addToken({ sql }: Tx, sessionId: string, hash: string, expiresAt: number) {
  await sql`
    insert into refresh_tokens (hash, session_id, expires_at)
    values (${hash}, ${sessionId}, ${expiresAt})`;
}

function toSessionToken(row: Row): SessionToken {
  const { hash, expires_at: expiresAt, used_at: usedAt } = row;
  return {
    token: { hash, expiresAt, usedAt },
    session: { id: row.session_id, userId: row.user_id, endedAt: row.ended_at },
  };
}
