import { users } from '#contracts/users';
import type { Client, OutputOf } from '#kernel/contract';
import type { CallContext } from '#kernel/ports/call-context';

export type Recipient = OutputOf<typeof users.calls.getUserProfile>;

/** Undefined for a user who is gone: there is nobody to tell, and waiting would not help. */
export async function findRecipient(
  client: Client<typeof users>,
  ctx: CallContext,
  userId: string,
): Promise<Recipient | undefined> {
  try {
    return await client.getUserProfile(ctx, { userId });
  } catch (error) {
    if (users.errors.userNotFound.is(error)) return undefined;
    throw error;
  }
}
