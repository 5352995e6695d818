import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

/** Changes nothing where there is a key: the codes of letters on their way were made by it. */
export async function keepLetterKey({ sql }: Tx, secret: string): Promise<void> {
  await sql`insert into letter_keys (id, secret) values (1, ${secret}) on conflict do nothing`;
}

export async function readLetterKey({ sql }: Reader): Promise<string> {
  const [row] = await sql<{ secret: string }>`select secret from letter_keys where id = 1`;
  if (!row) throw new Error('There is no letter key, though every start makes it.');
  return row.secret;
}
