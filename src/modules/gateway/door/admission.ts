import type { Request, Response } from 'express';

import { isPassing } from '#kernel/failure';
import type { Admit } from '#kernel/http/door';
import { exchangeOf } from '#kernel/http/exchange';
import type { Route } from '#kernel/http/route';
import { forbidden, unauthenticated } from '#kernel/kernel-failures';
import type { Actor } from '#kernel/ports/call-context';

import { networkOf } from '../domain/network.ts';
import type { VerifyAccessToken } from './access-tokens.ts';
import { type CountRequest, createTryLimit } from './rate-limits.ts';

export type Policy = {
  readonly verify: VerifyAccessToken;
  /** The limit of one account; undefined is none. */
  readonly countAccount: CountRequest | undefined;
  /** Off switches the routes' own limits off too. */
  readonly limited: boolean;
};

const anyone: Actor = { kind: 'anyone' };

/**
 * Composes who may come in at a route. What they may do with which row is the module's decision; here
 * it is only whether they are known, have the role, and don't come too often.
 */
export function composeAdmission(route: Route, policy: Policy): Admit {
  const identify = composeIdentify(route, policy);
  const { perMinute } = route;
  if (!policy.limited || perMinute === undefined) return identify;
  const countTry = createTryLimit('tries', perMinute);
  return async (request, response) => {
    await countTry(networkOf(exchangeOf(response).client), response);
    return identify(request, response);
  };
}

function composeIdentify({ access }: Route, { verify, countAccount }: Policy): Admit {
  return (request, response) => {
    const token = bearerToken(request);
    if (access === 'anyone' && token === undefined) return anyone;
    return identify(token, response);
  };

  async function identify(token: string | undefined, response: Response): Promise<Actor> {
    const actor = access === 'anyone' ? await guestOr(token) : await known(token);
    if (actor.kind !== 'user') return actor;
    exchangeOf(response).account = actor.id;
    if (access === 'admin' && !actor.roles.includes('admin')) throw forbidden();
    await countAccount?.(actor.id, response);
    return actor;
  }

  async function known(token: string | undefined): Promise<Actor> {
    if (token === undefined) throw unauthenticated();
    return verify(token);
  }

  /**
   * An expired token, or one that nobody can judge now, must not keep anybody from a door that is open
   * to all, such as the login: what is open to all answers a guest as it answers them.
   */
  async function guestOr(token: string | undefined): Promise<Actor> {
    try {
      return await known(token);
    } catch (error) {
      if (unauthenticated.is(error) || isPassing(error)) return anyone;
      throw error;
    }
  }
}

function bearerToken({ headers }: Request): string | undefined {
  const header = headers.authorization;
  if (header === undefined) return undefined;
  // Not a pattern: an attacker chooses this text, and it may be 16 kB.
  const [scheme = '', token, ...rest] = header.split(' ', 3);
  const isBearer = scheme.toLowerCase() === 'bearer' && rest.length === 0;
  return isBearer && token ? token : undefined;
}
