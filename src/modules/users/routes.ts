import type { RouteRequest } from '#kernel/http/route';
import { part, route } from '#kernel/http/route';

import { users } from './contract.ts';

const { calls } = users;

/** Guessing is also limited per account; these limits are per network. */
const triesPerMinute = 30;

/** What makes us write to others is asked for less often still. */
const lettersPerMinute = 10;

/** The signed-in user: the gateway lets nobody else through to a route that wants one. */
const me = ({ actor }: RouteRequest) => (actor.kind === 'user' ? actor.id : undefined);

export const usersRoutes = [
  route('POST /api/users', calls.createUser, {
    access: 'anyone',
    status: 201,
    perMinute: triesPerMinute,
  }),
  route('POST /api/auth/token', calls.authenticate, {
    access: 'anyone',
    perMinute: triesPerMinute,
    reply: () => uncached,
  }),
  route('POST /api/auth/refresh', calls.refreshTokens, {
    access: 'anyone',
    perMinute: triesPerMinute,
    reply: () => uncached,
  }),
  route('POST /api/auth/logout', calls.logout, { access: 'anyone', status: 204 }),
  route('GET /api/users/me', calls.getUser, { access: 'user', from: { userId: me } }),
  route('PATCH /api/users/me', calls.updateUser, { access: 'user', from: { userId: me } }),
  part('GET /api/users/me/export', calls.exportAccount, { access: 'user', from: { userId: me } }),
  route('POST /api/users/me/password', calls.changePassword, {
    access: 'user',
    from: { userId: me },
    perMinute: triesPerMinute,
    reply: () => uncached,
  }),
  route('POST /api/users/me/email-verification', calls.resendEmailVerification, {
    access: 'user',
    status: 202,
    from: { userId: me },
  }),
  route('POST /api/users/me/deletion', calls.deleteAccount, {
    access: 'user',
    status: 204,
    from: { userId: me },
    perMinute: triesPerMinute,
  }),
  route('POST /api/auth/password-reset', calls.requestPasswordReset, {
    access: 'anyone',
    status: 202,
    perMinute: lettersPerMinute,
  }),
  route('POST /api/auth/password-reset/confirm', calls.resetPassword, {
    access: 'anyone',
    status: 204,
    perMinute: triesPerMinute,
  }),
  route('POST /api/auth/email-verification/confirm', calls.verifyEmail, {
    access: 'anyone',
    status: 204,
    perMinute: triesPerMinute,
  }),
  route('DELETE /api/users/:userId', calls.deleteUser, { access: 'admin', status: 204 }),
  route('GET /api/users/:userId', calls.getUser, { access: 'user' }),
  route('GET /.well-known/jwks.json', calls.getSigningKeys, {
    access: 'anyone',
    reply: () => ({ headers: { 'cache-control': 'public, max-age=300' } }),
  }),
];

const uncached = { headers: { 'cache-control': 'no-store' } };
