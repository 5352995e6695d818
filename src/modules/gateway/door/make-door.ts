import type { Application } from 'express';

import type { AnyContract, Call } from '#kernel/contract';
import { asyncApiOf } from '#kernel/events/asyncapi';
import { mountRoutes } from '#kernel/http/dispatch';
import type { Door } from '#kernel/http/door';
import { createEdge } from '#kernel/http/edge';
import { exchangeOf } from '#kernel/http/exchange';
import { type DrainTimes, HttpListener, type ListenerLimits } from '#kernel/http/listener';
import { openApiOf } from '#kernel/http/openapi';
import type { Route } from '#kernel/http/route';
import type { Metrics } from '#kernel/metrics';
import type { Invoke } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Ids } from '#kernel/ports/ids';
import type { Logger } from '#kernel/ports/logger';
import type { Telemetry } from '#kernel/ports/telemetry';

import { gateway } from '../contract.ts';
import type { Places } from '../pages/landing-page.ts';
import { servePages } from '../pages/serve-pages.ts';
import type { GatewaySettings } from '../settings.ts';
import { createVerifyAccessToken, type TokenRules } from './access-tokens.ts';
import { composeAdmission } from './admission.ts';
import { allowOrigins, securityHeaders } from './browser-policy.ts';
import { composeClientAddress, proxyMatcher } from './client-address.ts';
import { createRateLimit, limitNetworks } from './rate-limits.ts';
import { createSigningKeys, type FetchKeys } from './signing-keys.ts';

export type GatewayOptions = {
  readonly settings: GatewaySettings;
  /** The routes of all modules, of whatever host. */
  readonly routes: readonly Route[];
  /** The contracts behind the routes: their failures are described with each call. */
  readonly contracts: readonly AnyContract[];
  /** The function that runs a call for the caller `gateway`. Asked for each route, once. */
  readonly connect: (call: Call) => Invoke;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly telemetry?: Telemetry | undefined;
  /** Whether the host serves; `/health` says so. */
  readonly isReady: () => Promise<boolean>;
  /** Where each module runs, for people to read. */
  readonly places?: Places | undefined;
  /** Where operators look; told only to who asks from this machine. */
  readonly operatorUrl?: () => string | undefined;
  readonly version?: string;
  readonly limits?: Partial<ListenerLimits>;
  readonly heartbeatMs?: number;
  readonly answerWithinMs?: number;
};

/** What the door needs to know of the module that signs access tokens. */
export type TokenSource = { readonly rules: TokenRules; readonly fetchKeys: FetchKeys };

export type Gateway = {
  /** Opens the door. Throws a `StartError` when the port or the address can't be had. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** For so long its end waits for nothing but that balancers see it. */
  readonly drainDelayMs: number;
  /** Closes it without failing who is inside; see `HttpListener.drain`. */
  drain(times?: DrainTimes): Promise<void>;
};

/** Composes the public door; nothing is open before `listen`. */
export function makeDoor(options: GatewayOptions, tokens: TokenSource): Gateway {
  const { settings, limits } = options;
  const isProxy = proxyMatcher(settings.TRUSTED_PROXIES);
  const listener = new HttpListener({
    settings: { port: 'PORT', bind: 'BIND' },
    port: settings.PORT,
    bind: settings.BIND,
    limits,
    isProxy,
  });
  const edge = createEdge({
    name: 'public',
    log: options.log,
    metrics: options.metrics,
    telemetry: options.telemetry,
    clientOf: composeClientAddress(settings.TRUSTED_PROXIES, isProxy),
    mount: (app) => mountDoor(app, options, doorOf(options, tokens, listener.stopping)),
  });
  return {
    listen: () => listener.listen(edge),
    drainDelayMs: settings.DRAIN_DELAY_MS,
    drain: (times) => listener.drain({ lingerMs: settings.DRAIN_DELAY_MS, ...times }),
  };
}

function mountDoor(app: Application, options: GatewayOptions, door: Door): void {
  const { settings, routes, contracts, isReady, version = '0.1.0' } = options;
  const { places = {}, operatorUrl = () => undefined } = options;
  app.use(securityHeaders());
  if (settings.CORS_ORIGINS.length > 0) app.use(allowOrigins(settings.CORS_ORIGINS));
  if (settings.RATE_LIMIT !== undefined) {
    const count = createRateLimit('network', settings.RATE_LIMIT);
    app.use(limitNetworks(count, (response) => exchangeOf(response).client));
  }
  mountRoutes(app, routes, door);
  const info = { title: 'Seamline', version, description };
  servePages(app, {
    describe: () => ({
      api: openApiOf(routes, contracts, info),
      told: asyncApiOf(contracts, info),
    }),
    places,
    operatorUrl,
    isUp: async () => !door.stopping.aborted && (await isReady()),
  });
}

const description = 'A shop made of modules that meet only through contracts.';

function doorOf(options: GatewayOptions, tokens: TokenSource, stopping: AbortSignal): Door {
  const { connect, clock, ids, log, heartbeatMs, answerWithinMs, settings } = options;
  const limit = settings.RATE_LIMIT;
  const keys = createSigningKeys(tokens.fetchKeys, clock);
  const policy = {
    verify: createVerifyAccessToken(tokens.rules, keys, clock),
    countAccount: limit === undefined ? undefined : createRateLimit('account', limit),
    limited: limit !== undefined,
  };
  const admission = (route: Route) => composeAdmission(route, policy);
  const caller = gateway.name;
  const times = { heartbeatMs, answerWithinMs };
  return { caller, connect, admission, clock, ids, log, stopping, ...times };
}
