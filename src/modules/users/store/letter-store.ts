import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { LetterKind } from '../contract.ts';
import type { Letter, LetterEnd } from '../domain/letter.ts';

type Row = {
  id: string;
  kind: LetterKind;
  user_id: string;
  requested_at: number;
  expires_at: number;
  ended_at: number | null;
  ended_by: string | null;
};

export async function addLetter({ sql }: Tx, letter: Letter, codeHash: string): Promise<void> {
  const { id, kind, userId, requestedAt, expiresAt } = letter;
  await sql`
    insert into account_letters (id, kind, user_id, code_hash, requested_at, expires_at)
    values (${id}, ${kind}, ${userId}, ${codeHash}, ${requestedAt}, ${expiresAt})`;
}

export async function findLetter({ sql }: Reader, id: string): Promise<Letter | undefined> {
  const [row] = await sql<Row>`select * from account_letters where id = ${id}`;
  return row && toLetter(row);
}

/** The hash is what is looked for, so that no time tells how much of a guessed code is right. */
export async function findLetterByCode(
  { sql }: Reader,
  codeHash: string,
): Promise<Letter | undefined> {
  const [row] = await sql<Row>`select * from account_letters where code_hash = ${codeHash}`;
  return row && toLetter(row);
}

/** Every letter of a user that is still kept, the oldest first. */
export async function listLetters({ sql }: Reader, userId: string): Promise<Letter[]> {
  const rows = await sql<Row>`
    select * from account_letters where user_id = ${userId} order by requested_at, id`;
  return rows.map(toLetter);
}

/** Makes the code of a user's open letter of this kind void. There is one at most. */
export async function endLetter(
  { sql, now }: Tx,
  userId: string,
  kind: LetterKind,
  why: LetterEnd,
): Promise<void> {
  await sql`
    update account_letters set ended_at = ${now}, ended_by = ${why}
    where user_id = ${userId} and kind = ${kind} and ended_at is null`;
}

/** Forgets letters that expired before then, at most `limit`; answers how many. */
export async function forgetLetters({ sql }: Tx, before: number, limit: number): Promise<number> {
  const gone = await sql`
    delete from account_letters where id in (
      select id from account_letters where expires_at <= ${before}
      order by expires_at limit ${limit})
    returning id`;
  return gone.length;
}

function toLetter(row: Row): Letter {
  return {
    id: row.id,
    kind: row.kind,
    userId: row.user_id,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endedBy: row.ended_by,
  };
}
