import type { Tx } from '#kernel/ports/tx';

const hourMs = 3_600_000;

/**
 * Counts one more of what `key` stands for, and answers how many there were within the hour that began
 * with the first. The count outlives the account and its mails, so a key is a digest.
 */
export async function countSending({ sql, now }: Tx, key: string): Promise<number> {
  const over = now - hourMs;
  const [row] = await sql<{ sent: number }>`
    insert into sending_counts (key, since, sent) values (${key}, ${now}, 1)
    on conflict (key) do update set
      sent = case when sending_counts.since <= ${over} then 1 else sending_counts.sent + 1 end,
      since = case when sending_counts.since <= ${over} then excluded.since
        else sending_counts.since end
    returning sent`;
  return Number(row?.sent);
}

/** Removes counts whose hour is over, at most `limit`; answers how many. */
export async function removeOldCounts({ sql, now }: Tx, limit: number): Promise<number> {
  const over = now - hourMs;
  const removed = await sql`
    delete from sending_counts where since <= ${over} and key in (
      select key from sending_counts where since <= ${over} limit ${limit})
    returning key`;
  return removed.length;
}
