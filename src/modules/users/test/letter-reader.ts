import { randomUUID } from 'node:crypto';

import { defineContract, type InputOf } from '#kernel/contract';
import { defineModule } from '#kernel/module';
import type { Actor } from '#kernel/ports/call-context';
import { openShop } from '#test/shop';

import { type LetterKind, users } from '../contract.ts';
import { usersModule } from '../module.ts';

const { createUser, getAccountLetter } = users.calls;

/** Bears the name of the module that may read letters; the test asks in its place. */
const letterReader = defineModule({
  contract: defineContract('notifications', { calls: {}, events: {}, errors: {} }),
  calls: [users],
  hears: [],
  store: { entities: [], migrations: [] },
  wire: () => ({ handlers: {} }),
});

export const password = 'correct horse';

/** Users alone, with the letters that they order in the test's hand. */
export async function openUsers(settings: Readonly<Record<string, string>> = {}) {
  const shop = await openShop({
    modules: [usersModule, letterReader],
    settings: { ADMIN_PASSWORD: 'correct admin battery', ...settings },
  });
  const read = (requestId: string) =>
    shop.call(getAccountLetter, { requestId }, { caller: 'notifications' });

  return {
    ...shop,
    read,
    async signUp(given: Partial<InputOf<typeof createUser>> = {}) {
      const email = `${randomUUID()}@example.com`;
      const user = await shop.call(createUser, { email, password, username: 'Ada', ...given });
      const as: Actor = { kind: 'user', id: user.id, roles: ['customer'] };
      return { ...user, as };
    },
    /** The ids of the letters of a kind that were ordered for a user, the oldest first. */
    async ordered(userId: string, kind: LetterKind): Promise<string[]> {
      await shop.settled();
      const type = kind === 'password_reset' ? 'passwordReset' : 'emailVerification';
      const told = await shop.published(users);
      return told
        .filter((one) => one.subject === userId && one.type === `users.${type}Requested`)
        .map(({ data }) => (data as { requestId: string }).requestId);
    },
    /** The newest letter of a kind, as it would be written now. */
    async letter(userId: string, kind: LetterKind) {
      const requestId = (await this.ordered(userId, kind)).at(-1);
      if (requestId === undefined) throw new Error(`No letter was ordered: ${kind}`);
      return await read(requestId);
    },
  };
}
