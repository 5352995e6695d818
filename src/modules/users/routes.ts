import type { RouteRequest } from '#kernel/http/route';
import { route } from '#kernel/http/route';

import { users } from './contract.ts';

const { calls } = users;

/** Guessing is also limited per account; these limits are per network. */
const triesPerMinute = 30;

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
  route('GET /api/users/:userId', calls.getUser, { access: 'user' }),
  route('GET /.well-known/jwks.json', calls.getSigningKeys, {
    access: 'anyone',
    reply: () => ({ headers: { 'cache-control': 'public, max-age=300' } }),
  }),
];

const uncached = { headers: { 'cache-control': 'no-store' } };
