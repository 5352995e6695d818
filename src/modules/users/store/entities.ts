import { defineEntity, p } from '@mikro-orm/core';

/** Somebody with an account. `email` is normalised and unique. */
export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.text().primary(),
    email: p.text().unique(),
    username: p.text(),
    passwordHash: p.text(),
    roles: p.text(),
    emailVerifiedAt: p.text().nullable(),
    pendingEmail: p.text().nullable(),
    createdAt: p.text(),
    updatedAt: p.text(),
  },
});

/** A login and the tokens that follow from it. Times are milliseconds since the epoch. */
export const SessionEntity = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.text().primary(),
    userId: p.text(),
    openedAt: p.bigint('number'),
    expiresAt: p.bigint('number'),
    endedAt: p.bigint('number').nullable(),
    endedBy: p.text().nullable(),
  },
});

/** `hash` is the SHA-256 of the token, base64url. */
export const RefreshTokenEntity = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_tokens',
  properties: {
    hash: p.text().primary(),
    sessionId: p.text(),
    expiresAt: p.bigint('number'),
    usedAt: p.bigint('number').nullable(),
  },
});

/** A key pair of access tokens. Its generation is its lock: two instances can't both make the next. */
export const SigningKeyEntity = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    generation: p.integer().primary(),
    keyId: p.text().unique(),
    publicJwk: p.text(),
    privateJwk: p.text(),
    createdAt: p.bigint('number'),
    signsFrom: p.bigint('number'),
  },
});

/** A letter with a code. `codeHash` is the SHA-256 of the code, base64url; times are milliseconds. */
export const AccountLetterEntity = defineEntity({
  name: 'AccountLetter',
  tableName: 'account_letters',
  properties: {
    id: p.text().primary(),
    kind: p.text(),
    userId: p.text(),
    codeHash: p.text().unique(),
    requestedAt: p.bigint('number'),
    expiresAt: p.bigint('number'),
    endedAt: p.bigint('number').nullable(),
    endedBy: p.text().nullable(),
  },
});

/** What makes the codes of letters; there is one row. */
export const LetterKeyEntity = defineEntity({
  name: 'LetterKey',
  tableName: 'letter_keys',
  properties: { id: p.integer().primary(), secret: p.text() },
});

/** Somebody, perhaps nobody, who asked for a new password, until that is looked into. */
export const ResetRequestEntity = defineEntity({
  name: 'ResetRequest',
  tableName: 'reset_requests',
  properties: { id: p.text().primary(), email: p.text() },
});

/** That there was such a user; no more is known of them. */
export const DeletedUserEntity = defineEntity({
  name: 'DeletedUser',
  tableName: 'deleted_users',
  properties: { id: p.text().primary(), deletedAt: p.text() },
});
