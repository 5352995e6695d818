import { text } from '#kernel/config/settings';

import { normaliseEmail } from '../domain/email.ts';

/** Who the first administrator is. Both are read once, when there is none yet. */
export const administratorSettings = {
  ADMIN_EMAIL: {
    ...text({
      fallback: 'admin@example.com',
      example: 'admin@example.com',
      meaning: 'the first administrator’s e-mail address',
    }),
    parse: anEmail,
  },
  ADMIN_PASSWORD: {
    ...text<string | undefined>({
      fallback: undefined,
      example: 'at least 8 characters',
      meaning: 'the first administrator’s password; generated and printed once without',
      secret: true,
    }),
    parse: aPassword,
  },
};

function anEmail(typed: string): string {
  try {
    return normaliseEmail(typed);
  } catch {
    throw new Error('must be an e-mail address');
  }
}

function aPassword(typed: string): string {
  if (typed.length < 8 || typed.length > 128) throw new Error('must have 8 to 128 characters');
  return typed;
}
