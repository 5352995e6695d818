import type { Tx } from '#kernel/ports/tx';

export async function addResetRequest({ sql }: Tx, id: string, email: string): Promise<void> {
  await sql`insert into reset_requests (id, email) values (${id}, ${email})`;
}

/** The address that was asked for; it is forgotten with this. */
export async function takeResetRequest({ sql }: Tx, id: string): Promise<string | undefined> {
  const [row] = await sql<{ email: string }>`
    delete from reset_requests where id = ${id} returning email`;
  return row?.email;
}
