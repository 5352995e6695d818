import { command, defineContract, event, query, stream } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Id, oneOf, type Static, Timestamp, Type } from '#kernel/schema';

/**
 * How access tokens are signed and named (RFC 9068, RFC 8725): a verifier accepts exactly this, by
 * the keys of `getSigningKeys`. `sub` is the user's id, `roles` the user's roles. `overSeconds` after
 * an account was deleted, all that its tokens began is over: who erases, erases once more.
 */
export const accessTokens = {
  algorithm: 'EdDSA',
  type: 'at+jwt',
  issuer: 'seamline',
  audience: 'seamline',
  lifetimeSeconds: 600,
  overSeconds: 900,
} as const;

/** Linear to match, and free of what would let an address say more than one thing in a mail header. */
const addressPart = '[^\\s@.,:;<>()"\\\\\\[\\]\\u0000-\\u001f\\u007f-\\u009f]+';

/** At most 254 characters (RFC 5321); kept in NFKC and lower case, so that one address is one account. */
export const emailShape = {
  minLength: 3,
  maxLength: 254,
  pattern: `^${addressPart}(\\.${addressPart})*@${addressPart}(\\.${addressPart})+$`,
} as const;

const Email = Type.String(emailShape);

/** 8 to 128 characters of any script, without NUL. */
const NewPassword = Type.String({ minLength: 8, maxLength: 128, pattern: '^[^\\u0000]*$' });

/** What is typed at a login: a wrong shape is a wrong password, told apart by nothing. */
const TypedPassword = Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000]*$' });
const TypedEmail = Type.String({ minLength: 1, maxLength: 254, pattern: '^[^\\u0000]*$' });

/** A name to be called by, not unique: no control characters, no line or direction marks. */
const Username = Type.String({
  minLength: 2,
  maxLength: 40,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$',
});

const OneToken = Type.Object({ refreshToken: Type.String({ minLength: 1, maxLength: 100 }) });

/** The code of a letter, as it was mailed: 256 bits that nobody guesses. */
const LetterCode = Type.String({ minLength: 1, maxLength: 100 });
const OneCode = Type.Object({ code: LetterCode });

export const LetterKind = oneOf('password_reset', 'email_verification');
export type LetterKind = Static<typeof LetterKind>;

export const User = Type.Object({
  id: Id,
  email: Type.String(),
  /** Whether a code that was mailed to `email` has come back. Who has not verified may still order, and gets few mails. */
  emailVerified: Type.Boolean(),
  /** The address that takes the place of `email` when the code that was mailed to it comes back. */
  pendingEmail: Type.Union([Type.String(), Type.Null()]),
  username: Type.String(),
  roles: Type.Array(oneOf('customer', 'admin')),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type User = Static<typeof User>;

const Tokens = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  tokenType: oneOf('Bearer'),
  /** Seconds until the access token expires. */
  expiresIn: Type.Integer(),
});
export type Tokens = Static<typeof Tokens>;

/** An Ed25519 public key as a JWK (RFC 8037). */
const SigningKey = Type.Object({
  kty: oneOf('OKP'),
  crv: oneOf('Ed25519'),
  x: Type.String(),
  kid: Type.String(),
  alg: oneOf('EdDSA'),
  use: oneOf('sig'),
});
const SigningKeys = Type.Object({ keys: Type.Array(SigningKey) });

/** What other modules may know of a user; versions before do not tell whether the address is confirmed. */
const named = { id: Id, email: Type.String(), username: Type.String() };
const Profile = Type.Object({ ...named, emailVerified: Type.Optional(Type.Boolean()) });

const Nothing = Type.Object({});
const OneUser = Type.Object({ userId: Id });
const OneLetter = Type.Object({ userId: Id, requestId: Id });

/** What is kept of a user here, without what would open their account. */
const ending = {
  expiresAt: Timestamp,
  endedAt: Type.Union([Timestamp, Type.Null()]),
  endedBy: Type.Union([Type.String(), Type.Null()]),
};
const asking = { letter: LetterKind, requestedAt: Timestamp };
const AccountExport = Type.Union([
  Type.Object({ kind: oneOf('account'), ...User.properties }),
  Type.Object({ kind: oneOf('session'), id: Id, openedAt: Timestamp, ...ending }),
  Type.Object({ kind: oneOf('letter'), id: Id, ...asking, ...ending }),
]);

/** Seconds to wait. */
const RetryAfter = Type.Object({ retryAfter: Type.Integer({ minimum: 1 }) });

/** Knows who the people are, and proves it to the other modules. */
export const users = defineContract('users', {
  calls: {
    /** Signs a customer up. Repeating it with the same key answers the same user. */
    createUser: command('Sign up', {
      input: Type.Object({ email: Email, password: NewPassword, username: Username }),
      output: User,
      secret: true,
    }),
    /**
     * Opens a session for whoever knows the password. Every failed login takes the same time and
     * gets the same answer. Repeating it with the same key opens no second session.
     */
    authenticate: command('Log in', {
      input: Type.Object({ email: TypedEmail, password: TypedPassword }),
      output: Tokens,
      secret: true,
    }),
    /**
     * Changes a refresh token for new tokens. A token is good for one change: one that comes again
     * under another key is taken for stolen, and its whole session ends.
     */
    refreshTokens: command('Renew tokens', { input: OneToken, output: Tokens, secret: true }),
    /** Ends the session of a refresh token. An unknown or ended one changes nothing. */
    logout: command('Log out', { input: OneToken, output: Nothing, secret: true }),
    /** A user, for that user and for administrators; `user_not_found` for everyone else. */
    getUser: query('Show a user', { input: OneUser, output: User }),
    /** What other modules may know of a user. Has no public route. */
    getUserProfile: query("A user's name and address", { input: OneUser, output: Profile }),
    /**
     * Changes what is given. A new e-mail address wants the current password; it is pending until
     * its letter's code comes back, and the old one works until then. Naming the present address
     * drops a pending one.
     */
    updateUser: command('Change a user', {
      input: Type.Object({
        userId: Id,
        username: Type.Optional(Username),
        email: Type.Optional(Email),
        currentPassword: Type.Optional(TypedPassword),
      }),
      output: User,
      secret: true,
    }),
    /**
     * Ends all sessions and opens one for whoever changed the password: they go on with its tokens.
     * A pending address and unused reset codes are dropped too.
     */
    changePassword: command('Change my password', {
      input: Type.Object({ userId: Id, currentPassword: TypedPassword, password: NewPassword }),
      output: Tokens,
      secret: true,
    }),
    /**
     * Orders a letter with a code. Answers the same, in the same time, whether the address has an
     * account. Beyond five letters an hour none is written, and the last one stays good.
     */
    requestPasswordReset: command('Ask for a new password by mail', {
      input: Type.Object({ email: TypedEmail }),
      output: Nothing,
      secret: true,
    }),
    /** Sets a new password by the code of a letter: good once, for 30 minutes. Ends all sessions. */
    resetPassword: command('Set a new password by a code', {
      input: Type.Object({ code: LetterCode, password: NewPassword }),
      output: Nothing,
      secret: true,
    }),
    /** Verifies the address that the code was mailed to: good once, for 24 hours. A pending address becomes the user's. */
    verifyEmail: command('Verify an address', { input: OneCode, output: Nothing, secret: true }),
    /** Writes the letter of a verification again; the code of the one before is void. Five an hour. */
    resendEmailVerification: command('Verify by a new letter', { input: OneUser, output: Nothing }),
    /**
     * What a letter says while its code is good, else `letter_gone`. Only the module `notifications`
     * may ask. The answer holds a secret: it belongs in the letter and nowhere else.
     */
    getAccountLetter: query('What an account letter says', {
      input: Type.Object({ requestId: Id }),
      output: Type.Object({
        kind: LetterKind,
        to: Type.String(),
        /** Of the account's address, not of one that is about to replace it. */
        emailVerified: Type.Optional(Type.Boolean()),
        username: Type.String(),
        code: LetterCode,
        expiresAt: Timestamp,
        /** The address that `to` is about to replace: its owner is to be told, without the code. */
        replaces: Type.Union([Type.String(), Type.Null()]),
      }),
    }),
    /** Everything that is kept about a user here, for that user and administrators; nothing for others. */
    exportAccount: stream('What is kept of a user', { input: OneUser, output: AccountExport }),
    /** Leaves nothing of the account; its address may sign up again. Access tokens live out their minutes. */
    deleteAccount: command('Delete my account', {
      input: Type.Object({ userId: Id, password: TypedPassword }),
      output: Nothing,
      secret: true,
    }),
    /** For administrators: deletes somebody else's account. Deleting it again changes nothing. */
    deleteUser: command('Delete a user', { input: OneUser, output: Nothing }),
    /** The public keys that access tokens are verified with (RFC 7517). A new key is here well before it signs. */
    getSigningKeys: query('Keys of access tokens', { input: Nothing, output: SigningKeys }),
  },
  events: {
    /** Carries no address: who needs it asks for the profile, and retained events hold no PII. */
    userRegistered: event('Somebody signed up', { subject: 'userId', data: OneUser }),
    userUpdated: event('A user changed something of their own', {
      subject: 'userId',
      data: Type.Object({
        userId: Id,
        changed: Type.Array(oneOf('email', 'username', 'password')),
      }),
    }),
    /** Whoever writes letters asks for this one with `getAccountLetter`; the event holds no secret. */
    passwordResetRequested: event('A reset letter is due', { subject: 'userId', data: OneLetter }),
    emailVerificationRequested: event('A verification letter is due', {
      subject: 'userId',
      data: OneLetter,
    }),
    /** The last event of a user. Who keeps something about them erases it, save what the law makes it keep. */
    userDeleted: event('An account was deleted', { subject: 'userId', data: OneUser }),
  },
  errors: {
    emailTaken: failure('conflict', 'This e-mail address has an account already.'),
    invalidEmail: failure('invalid', 'This is no e-mail address.'),
    invalidCredentials: failure('unauthenticated', 'E-mail address or password is wrong.'),
    wrongPassword: failure('forbidden', 'The current password is missing or wrong.'),
    invalidRefreshToken: failure('unauthenticated', 'The session has ended; log in again.'),
    userNotFound: failure('not_found', 'There is no such user.'),
    invalidCode: failure('malformed', 'This code is wrong, used or too old: ask for another.'),
    letterGone: failure('not_found', 'There is nothing to write: the code is void.'),
    nothingToVerify: failure('conflict', 'The e-mail address is verified already.'),
    lastAdministrator: failure('conflict', 'The last administrator can not be deleted.'),
    tooManyLetters: failure('too_many', 'Enough letters for this hour.', RetryAfter),
    tooManyAttempts: failure('too_many', 'Too many failed logins for this account.', RetryAfter),
    tooManyLogins: failure('too_many', 'Too many logins at this moment.', RetryAfter),
  },
});
