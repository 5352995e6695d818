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
      const { email, username, id: userId } = recipient;
      const data = { username };
      await keepMail(tx, { to: email, userId, template: 'welcome', data, reference: id });
    },
  );
}
