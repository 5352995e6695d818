import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import { users } from '../contract.ts';
import { listLetters } from '../store/letter-store.ts';
import { listSessions } from '../store/session-store.ts';
import { findAccount, toUser } from '../store/user-store.ts';

/** What is expired is forgotten within the hour, so that a user has few rows of each. */
export const exportAccount: Handler<typeof users.calls.exportAccount> = async function* (
  read,
  { userId },
  { actor },
) {
  const isSelf = actor.kind === 'user' && actor.id === userId;
  if (!isSelf && !isAdmin(actor)) return;
  const account = await findAccount(read, userId);
  if (!account) throw users.errors.userNotFound();
  yield { kind: 'account', ...toUser(account) };
  for (const { id, openedAt, ...session } of await listSessions(read, userId)) {
    yield { kind: 'session', id, openedAt: iso(openedAt), ...ending(session) };
  }
  for (const { id, kind, requestedAt, ...letter } of await listLetters(read, userId)) {
    yield { kind: 'letter', id, letter: kind, requestedAt: iso(requestedAt), ...ending(letter) };
  }
};

type Ending = { expiresAt: number; endedAt: number | null; endedBy: string | null };

function ending({ expiresAt, endedAt, endedBy }: Ending) {
  return {
    expiresAt: iso(expiresAt),
    endedAt: endedAt === null ? null : iso(endedAt),
    endedBy,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
