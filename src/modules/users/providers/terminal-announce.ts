import type { Announce } from '../application/seed-administrator.ts';

/**
 * Writes straight to the terminal: log lines are collected and kept by machines, and a password has
 * no place among them. It is told once and stored nowhere.
 */
export const terminalAnnounce: Announce = {
  administrator(email, password) {
    process.stdout.write(
      `\n  The first administrator is ${email}, password ${password}\n  (told this once; change it by POST /api/users/me/password)\n\n`,
    );
  },
};
