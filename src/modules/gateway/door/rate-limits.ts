import type { RequestHandler, Response } from 'express';
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import { gateway } from '../contract.ts';
import { networkOf } from '../domain/network.ts';

/** Counts one request for `key`. Throws `too_many_requests` when it is one too many. */
export type CountRequest = (key: string, response: Response) => Promise<void>;

/** Beyond the steady rate, this many seconds' worth of requests may come in any ten seconds. */
const burst = { seconds: 2, windowSeconds: 10 };

/**
 * A steady rate with room for a burst: a page that loads thirty things at once is no attack. Counts
 * live in this process; who runs several gateways sets the limit of each.
 */
export function createRateLimit(name: string, perSecond: number): CountRequest {
  const steady = new RateLimiterMemory({ points: perSecond, duration: 1 });
  const extra = new RateLimiterMemory({
    points: perSecond * burst.seconds,
    duration: burst.windowSeconds,
  });
  return composeCount(new BurstyRateLimiter(steady, extra), name, perSecond, 1);
}

/** So many tries a minute, for what invites guessing. */
export function createTryLimit(name: string, perMinute: number): CountRequest {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return composeCount(limiter, name, perMinute, 60);
}

/** Counts every request, of whatever path, for the network that it comes from. */
export function limitNetworks(
  count: CountRequest,
  addressOf: (response: Response) => string,
): RequestHandler {
  return async (_request, response, next) => {
    await count(networkOf(addressOf(response)), response);
    next();
  };
}

function composeCount(
  limiter: { consume(key: string): Promise<RateLimiterRes> },
  name: string,
  points: number,
  windowSeconds: number,
): CountRequest {
  const policy = `"${name}";q=${points};w=${windowSeconds}`;
  // The fields of the IETF draft on rate limit headers (draft-ietf-httpapi-ratelimit-headers).
  const tell = (response: Response, { remainingPoints, msBeforeNext }: RateLimiterRes) => {
    const resets = Math.ceil(msBeforeNext / 1000);
    response.setHeader('ratelimit-policy', policy);
    response.setHeader('ratelimit', `"${name}";r=${remainingPoints};t=${resets}`);
  };
  return async (key, response) => {
    try {
      tell(response, await limiter.consume(key));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      tell(response, error);
      const retryAfter = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      throw gateway.errors.tooManyRequests({ retryAfter });
    }
  };
}
