import { atStart } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import { every, everyPrepared } from '#kernel/schedules/schedule';

import { administratorSettings } from './application/administrator-settings.ts';
import { authenticate } from './application/authenticate.ts';
import { changePassword } from './application/change-password.ts';
import { createUser } from './application/create-user.ts';
import { deleteAccount } from './application/delete-account.ts';
import { deleteUser } from './application/delete-user.ts';
import { exportAccount } from './application/export-account.ts';
import { forgetExpiredSessions } from './application/forget-expired-sessions.ts';
import { forgetOldLetters } from './application/forget-old-letters.ts';
import { getAccountLetter } from './application/get-account-letter.ts';
import { getSigningKeys } from './application/get-signing-keys.ts';
import { getUser } from './application/get-user.ts';
import { getUserProfile } from './application/get-user-profile.ts';
import { createLoginAttempts } from './application/login-attempts.ts';
import { logout } from './application/logout.ts';
import { passwordResetSaga } from './application/password-reset-saga.ts';
import { refreshTokens } from './application/refresh-tokens.ts';
import { requestPasswordReset } from './application/request-password-reset.ts';
import { resendEmailVerification } from './application/resend-email-verification.ts';
import { resetPassword } from './application/reset-password.ts';
import { prepareNextKey, rotateSigningKeys } from './application/rotate-signing-keys.ts';
import { prepareAdministrator, seedAdministrator } from './application/seed-administrator.ts';
import { updateUser } from './application/update-user.ts';
import { verifyEmail } from './application/verify-email.ts';
import { users } from './contract.ts';
import { argon2Passwords } from './providers/argon2-passwords.ts';
import { joseTokens } from './providers/jose-tokens.ts';
import { terminalAnnounce } from './providers/terminal-announce.ts';
import { usersRoutes } from './routes.ts';
import {
  AccountLetterEntity,
  DeletedUserEntity,
  LetterKeyEntity,
  RefreshTokenEntity,
  ResetRequestEntity,
  SessionEntity,
  SigningKeyEntity,
  UserEntity,
} from './store/entities.ts';
import { keepLetterKey } from './store/letter-key-store.ts';
import { users0001 } from './store/migrations/0001-users.ts';
import { users0002 } from './store/migrations/0002-letters-and-deletion.ts';
import { users0003 } from './store/migrations/0003-token-expiry.ts';

const minuteMs = 60_000;

/** Knows who the people are, keeps their passwords as hashes, and signs their tokens. */
export const usersModule = defineModule({
  contract: users,
  calls: [],
  hears: [],
  store: {
    entities: [
      ...[UserEntity, SessionEntity, RefreshTokenEntity, SigningKeyEntity],
      ...[AccountLetterEntity, LetterKeyEntity, ResetRequestEntity, DeletedUserEntity],
    ],
    migrations: [users0001, users0002, users0003],
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
    const eraser = { attempts, log };
    const reset = passwordResetSaga(mint);
    const admin = { email: settings.ADMIN_EMAIL, password: settings.ADMIN_PASSWORD };
    return {
      handlers: {
        createUser: createUser(needs),
        authenticate: authenticate(needs, clock),
        refreshTokens: refreshTokens(mint, clock, log),
        logout: logout(mint),
        getUser,
        getUserProfile,
        updateUser: updateUser(needs),
        changePassword: changePassword(needs, clock, log),
        requestPasswordReset: requestPasswordReset(reset),
        resetPassword: resetPassword(needs, clock, log),
        verifyEmail: verifyEmail(mint, log),
        resendEmailVerification: resendEmailVerification(mint),
        getAccountLetter: getAccountLetter(mint, clock),
        exportAccount,
        deleteAccount: deleteAccount(passwords, eraser),
        deleteUser: deleteUser(eraser),
        getSigningKeys,
      },
      sagas: [reset],
      atStart: [
        atStart('letter key', async () => mint.makeSecret(), keepLetterKey),
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
        every(60 * minuteMs, 'old letters', forgetOldLetters),
      ],
    };
  },
});
