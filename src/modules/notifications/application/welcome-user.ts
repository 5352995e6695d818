import { users } from '#contracts/users';
import type { Client } from '#kernel/contract';
import { onPrepared, type Subscription } from '#kernel/handlers';

import { findRecipient } from './find-recipient.ts';
import type { KeepMail } from './keep-mail.ts';

export function welcomeUser(client: Client<typeof users>, keepMail: KeepMail): Subscription {
  return onPrepared(
    users.events.userRegistered,
    (ctx, { data }) => findRecipient(client, ctx, data.userId),
    async (tx, { id }, recipient) => {
      if (!recipient) return;
      const { email: to, emailVerified: isConfirmed, username, id: userId } = recipient;
      const about = { userId, template: 'welcome', data: { username }, reference: id } as const;
      await keepMail(tx, { to, isConfirmed, ...about });
    },
  );
}
