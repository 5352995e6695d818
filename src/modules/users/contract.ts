import { command, defineContract, event, query } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Id, oneOf, type Static, Timestamp, Type } from '#kernel/schema';

/**
 * How access tokens are signed and named, for whoever verifies them (RFC 9068, RFC 8725): a verifier
 * accepts this algorithm, type, issuer and audience and nothing else, with the keys of
 * `getSigningKeys`. `sub` is the user's id, `roles` the user's roles.
 */
export const accessTokens = {
  algorithm: 'EdDSA',
  type: 'at+jwt',
  issuer: 'seamline',
  audience: 'seamline',
  lifetimeSeconds: 600,
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

const RefreshToken = Type.String({ minLength: 1, maxLength: 100 });

export const User = Type.Object({
  id: Id,
  email: Type.String(),
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

const RetryAfter = Type.Object({
  /** Seconds to wait. */
  retryAfter: Type.Integer({ minimum: 1 }),
});

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
    refreshTokens: command('Renew tokens', {
      input: Type.Object({ refreshToken: RefreshToken }),
      output: Tokens,
      secret: true,
    }),
    /** Ends the session of a refresh token. An unknown or ended one changes nothing. */
    logout: command('Log out', {
      input: Type.Object({ refreshToken: RefreshToken }),
      output: Type.Object({}),
      secret: true,
    }),
    /** A user, for that user and for administrators; `user_not_found` for everyone else. */
    getUser: query('Show a user', { input: Type.Object({ userId: Id }), output: User }),
    /** What other modules may know of a user. Has no public route. */
    getUserProfile: query("A user's name and address", {
      input: Type.Object({ userId: Id }),
      output: Type.Object({ id: Id, email: Type.String(), username: Type.String() }),
    }),
    /**
     * Changes what is given. A new e-mail address or password wants the current password, and a new
     * password ends all sessions.
     */
    updateUser: command('Change a user', {
      input: Type.Object({
        userId: Id,
        username: Type.Optional(Username),
        email: Type.Optional(Email),
        password: Type.Optional(NewPassword),
        currentPassword: Type.Optional(TypedPassword),
      }),
      output: User,
      secret: true,
    }),
    /** The public keys that access tokens are verified with (RFC 7517). A new key is here well before it signs. */
    getSigningKeys: query('Public keys of access tokens', {
      input: Type.Object({}),
      output: Type.Object({ keys: Type.Array(SigningKey) }),
    }),
  },
  events: {
    /** Carries no address: who needs it asks for the profile, and retained events hold no PII. */
    userRegistered: event('Somebody signed up', {
      subject: 'userId',
      data: Type.Object({ userId: Id }),
    }),
    userUpdated: event('A user changed something of their own', {
      subject: 'userId',
      data: Type.Object({
        userId: Id,
        changed: Type.Array(oneOf('email', 'username', 'password')),
      }),
    }),
  },
  errors: {
    emailTaken: failure('conflict', 'This e-mail address has an account already.'),
    invalidEmail: failure('invalid', 'This is no e-mail address.'),
    invalidCredentials: failure('unauthenticated', 'E-mail address or password is wrong.'),
    wrongPassword: failure('forbidden', 'The current password is missing or wrong.'),
    invalidRefreshToken: failure('unauthenticated', 'The session has ended; log in again.'),
    userNotFound: failure('not_found', 'There is no such user.'),
    tooManyAttempts: failure('too_many', 'Too many failed logins for this account.', RetryAfter),
    tooManyLogins: failure('too_many', 'Too many logins at this moment.', RetryAfter),
  },
});
