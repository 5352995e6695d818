import type { CallContext } from '#kernel/ports/call-context';
import type { Logger } from '#kernel/ports/logger';
import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import { normaliseEmail } from '../domain/email.ts';
import { addAccount, hasAdministrator } from '../store/user-store.ts';
import type { Passwords } from './passwords.ts';
import type { TokenMint } from './tokens.ts';

/** Tells the person who started the shop a password that nobody else may read. */
export type Announce = { administrator(email: string, password: string): void };

type Needs = { passwords: Passwords; mint: TokenMint; announce: Announce; log: Logger };
type Wanted = { email: string; password: string | undefined };
type First = { email: string; passwordHash: string; generated: string | undefined };

/** Prepares the first administrator, where there is none. */
export function prepareAdministrator({ passwords, mint }: Needs, { email, password }: Wanted) {
  return async (ctx: CallContext, read: Reader): Promise<First | undefined> => {
    if (await hasAdministrator(read)) return undefined;
    const generated = password === undefined ? mint.makeSecret().slice(0, 20) : undefined;
    const passwordHash = await passwords.hash(password ?? (generated as string), ctx.signal);
    return { email: normaliseEmail(email), passwordHash, generated };
  };
}

/** No event: nobody signed up. A generated password is told once, after it is sure to work. */
export function seedAdministrator({ announce, log }: Needs) {
  return async (tx: Tx, first: First | undefined): Promise<void> => {
    if (!first) return;
    const { email, passwordHash, generated } = first;
    const account = {
      id: tx.newId(),
      email,
      username: 'Administrator',
      roles: ['admin' as const],
      passwordHash,
      // Whoever starts the shop says whose address this is.
      emailVerifiedAt: tx.nowIso,
      pendingEmail: null,
      createdAt: tx.nowIso,
      updatedAt: tx.nowIso,
    };
    if (!(await addAccount(tx, account))) {
      log.warn({ setting: 'ADMIN_EMAIL' }, 'no administrator: a customer has this address');
    } else if (generated !== undefined) {
      tx.afterCommit(() => announce.administrator(email, generated));
    }
  };
}
