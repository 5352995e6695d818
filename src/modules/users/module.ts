import { atStart, every, everyPrepared } from '#kernel/handlers';
import { defineModule } from '#kernel/module';

import { administratorSettings } from './application/administrator-settings.ts';
import { authenticate } from './application/authenticate.ts';
import { createUser } from './application/create-user.ts';
import { forgetExpiredSessions } from './application/forget-expired-sessions.ts';
import { getSigningKeys } from './application/get-signing-keys.ts';
import { getUser } from './application/get-user.ts';
import { getUserProfile } from './application/get-user-profile.ts';
import { createLoginAttempts } from './application/login-attempts.ts';
import { logout } from './application/logout.ts';
import { refreshTokens } from './application/refresh-tokens.ts';
import { prepareNextKey, rotateSigningKeys } from './application/rotate-signing-keys.ts';
import { prepareAdministrator, seedAdministrator } from './application/seed-administrator.ts';
import { updateUser } from './application/update-user.ts';
import { users } from './contract.ts';
import { argon2Passwords } from './providers/argon2-passwords.ts';
import { joseTokens } from './providers/jose-tokens.ts';
import { terminalAnnounce } from './providers/terminal-announce.ts';
import { usersRoutes } from './routes.ts';
import {
  RefreshTokenEntity,
  SessionEntity,
  SigningKeyEntity,
  UserEntity,
} from './store/entities.ts';
import { users0001 } from './store/migrations/0001-users.ts';

const minuteMs = 60_000;

/** Knows who the people are, keeps their passwords as hashes, and signs their tokens. */
export const usersModule = defineModule({
  contract: users,
  calls: [],
  hears: [],
  store: {
    entities: [UserEntity, SessionEntity, RefreshTokenEntity, SigningKeyEntity],
    migrations: [users0001],
  },
  settings: administratorSettings,
  routes: usersRoutes,
  parts: {
    passwords: () => argon2Passwords(),
    mint: ({ ids }) => joseTokens(ids),
    attempts: ({ clock }) => createLoginAttempts(clock),
    announce: () => terminalAnnounce,
  },
  wire({ parts, clock, log, settings }) {
    const { passwords, mint, attempts } = parts;
    const needs = { ...parts, log };
    const admin = { email: settings.ADMIN_EMAIL, password: settings.ADMIN_PASSWORD };
    return {
      handlers: {
        createUser: createUser(passwords),
        authenticate: authenticate({ passwords, attempts, mint }, clock),
        refreshTokens: refreshTokens(mint, clock, log),
        logout: logout(mint),
        getUser,
        getUserProfile,
        updateUser: updateUser({ passwords, attempts }),
        getSigningKeys,
      },
      atStart: [
        atStart('first signing key', prepareNextKey(mint, clock), rotateSigningKeys),
        atStart('administrator', prepareAdministrator(needs, admin), seedAdministrator(needs)),
      ],
      recurring: [
        everyPrepared(
          10 * minuteMs,
          'signing keys',
          prepareNextKey(mint, clock),
          rotateSigningKeys,
        ),
        every(60 * minuteMs, 'expired sessions', forgetExpiredSessions),
      ],
    };
  },
});
