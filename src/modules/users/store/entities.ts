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
