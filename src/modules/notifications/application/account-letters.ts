import { users } from '#contracts/users';
import type { Client, EventMaker, OutputOf } from '#kernel/contract';
import { onPrepared, type Subscription } from '#kernel/handlers';
import type { CallContext } from '#kernel/ports/call-context';

import { findRecipient } from './find-recipient.ts';
import type { KeepMail } from './keep-mail.ts';

type Users = Client<typeof users>;
type Letter = OutputOf<typeof users.calls.getAccountLetter>;
type Requested = { userId: string; requestId: string };

/** Letters about an account: they come by mail whatever its owner prefers. */
export function accountLetters(client: Users, keepMail: KeepMail): readonly Subscription[] {
  const letter = (event: EventMaker<Requested>) =>
    onPrepared(
      event,
      (ctx, { data }) => findLetter(client, ctx, data.requestId),
      async (tx, { id, data: { userId } }, found) => {
        if (!found) return;
        const { kind, to, emailVerified, username, code, expiresAt, replaces } = found;
        const data = { username, code, expiresAt, to };
        const isConfirmed = kind === 'password_reset' ? emailVerified : false;
        await keepMail(tx, { to, isConfirmed, userId, template: kind, data, reference: id });
        // Whoever reads the old address must hear of it, and must not get the code.
        if (!replaces) return;
        const notice = { userId, template: 'email_changing', reference: id } as const;
        const old = { to: replaces, isConfirmed: emailVerified };
        await keepMail(tx, { ...old, ...notice, data: { username, to } });
      },
    );
  return [
    letter(users.events.passwordResetRequested),
    letter(users.events.emailVerificationRequested),
    changed(client, keepMail),
  ];
}

/** Somebody else may have changed a password: its owner is told, whoever it was. */
function changed(client: Users, keepMail: KeepMail): Subscription {
  return onPrepared(
    users.events.userUpdated,
    (ctx, { data }) => findRecipient(client, ctx, data.userId),
    async (tx, { id, data: { userId, changed: what } }, recipient) => {
      const told = what.filter((one) => one !== 'username');
      if (!recipient || told.length === 0) return;
      const { email: to, emailVerified: isConfirmed, username } = recipient;
      const words = { email: 'e-mail address', password: 'password', username: 'name' };
      const data = { username, what: told.map((one) => words[one]).join(' and ') };
      const about = { userId, template: 'account_changed', data, reference: id } as const;
      await keepMail(tx, { to, isConfirmed, ...about });
    },
  );
}

/** Undefined when the code was used, has expired or was replaced: then nothing is to be written. */
async function findLetter(
  client: Users,
  ctx: CallContext,
  requestId: string,
): Promise<Letter | undefined> {
  try {
    return await client.getAccountLetter(ctx, { requestId });
  } catch (error) {
    if (users.errors.letterGone.is(error)) return undefined;
    throw error;
  }
}
