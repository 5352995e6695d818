import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { Preferences } from '../contract.ts';

const unchosen: Preferences = { phone: null, orders: ['email'] };

/** What a user chose; mails for who never did. */
export async function findPreferences(
  { sql }: Pick<Reader, 'sql'>,
  userId: string,
): Promise<Preferences> {
  const [row] = await sql<{ phone: string | null; orders: string }>`
    select phone, orders from preferences where user_id = ${userId}`;
  return row ? { phone: row.phone, orders: JSON.parse(row.orders) } : unchosen;
}

export async function savePreferences(
  { sql }: Tx,
  userId: string,
  { phone, orders }: Preferences,
): Promise<void> {
  await sql`
    insert into preferences (user_id, phone, orders)
    values (${userId}, ${phone}, ${JSON.stringify(orders)})
    on conflict (user_id) do update set phone = excluded.phone, orders = excluded.orders`;
}

export async function removePreferences({ sql }: Tx, userId: string): Promise<void> {
  await sql`delete from preferences where user_id = ${userId}`;
}
