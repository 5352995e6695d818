import { isAdmin } from '#kernel/authorise';
import type { Handler } from '#kernel/handlers';

import type { notifications } from '../contract.ts';
import { listMailsOf } from '../store/mail-store.ts';
import { findPreferences } from '../store/preference-store.ts';

const atOnce = 100;

/** For that user and for administrators; to others there is nothing. */
export const exportAccount: Handler<typeof notifications.calls.exportAccount> =
  async function* kept(read, { userId }, { actor }) {
    const isTheirs = isAdmin(actor) || (actor.kind === 'user' && actor.id === userId);
    if (!isTheirs) return;
    yield { kind: 'preferences' as const, preferences: await findPreferences(read, userId) };
    for (let before = 'g'; ; ) {
      const found = await listMailsOf(read, userId, before, atOnce);
      for (const { id, channel, template, subject, text, createdAt, to } of found) {
        const message = { id, channel, template, subject, text, createdAt };
        yield { kind: 'message' as const, message, to };
      }
      const last = found.at(-1);
      if (found.length < atOnce || !last) return;
      before = last.id;
    }
  };
