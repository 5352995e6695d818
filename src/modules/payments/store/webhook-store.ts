import type { Tx } from '#kernel/ports/tx';

/** False when a webhook with this id took effect before. */
export async function insertWebhook({ sql, now }: Tx, id: string): Promise<boolean> {
  const inserted = await sql`
    insert into webhooks (id, received_at) values (${id}, ${now})
    on conflict (id) do nothing returning id`;
  return inserted.length > 0;
}

/** Forgets at most `limit` webhooks that came before `before` (ms); answers how many. */
export async function pruneWebhooks({ sql }: Tx, before: number, limit: number): Promise<number> {
  const gone = await sql`
    delete from webhooks where id in (
      select id from webhooks where received_at < ${before} order by received_at limit ${limit})
    returning id`;
  return gone.length;
}
