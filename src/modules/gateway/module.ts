import type { Application } from 'express';

import { users } from '#contracts/users';
import { createContext, newTrace } from '#kernel/calls/context';
import type { AnyContract, Call, OutputOf } from '#kernel/contract';
import { type Door, mountRoutes } from '#kernel/http/dispatch';
import { createEdge } from '#kernel/http/edge';
import { exchangeOf } from '#kernel/http/exchange';
import { type DrainTimes, HttpListener, type ListenerLimits } from '#kernel/http/listener';
import { openApiOf } from '#kernel/http/openapi';
import type { Route } from '#kernel/http/route';
import type { Metrics } from '#kernel/metrics';
import { defineModule } from '#kernel/module';
import type { Invoke } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Ids } from '#kernel/ports/ids';
import type { Logger } from '#kernel/ports/logger';

import { composeAdmission } from './application/admission.ts';
import { allowOrigins, securityHeaders } from './application/browser-policy.ts';
import { composeClientAddress, proxyMatcher } from './application/client-address.ts';
import { servePages } from './application/pages/serve-pages.ts';
import { createRateLimit, limitNetworks } from './application/rate-limits.ts';
import { createSigningKeys, type SigningKeys } from './application/signing-keys.ts';
import { createVerifyAccessToken } from './application/verify-access-token.ts';
import { gateway } from './contract.ts';
import { type GatewaySettings, gatewaySettings } from './settings.ts';

/** The one public door: it decides who may come in, and turns requests into the calls of routes. */
export const gatewayModule = defineModule({
  contract: gateway,
  calls: [users],
  hears: [],
  store: { entities: [], migrations: [] },
  settings: gatewaySettings,
  wire: () => ({ handlers: {} }),
});

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
  /** Whether the host serves; `/health` says so. */
  readonly isReady: () => boolean;
  readonly version?: string;
  readonly limits?: Partial<ListenerLimits>;
  readonly heartbeatMs?: number;
};

export type Gateway = {
  /** Opens the door. Throws a `StartError` when the port or the address can't be had. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** Closes it without failing who is inside; see `HttpListener.drain`. */
  drain(times?: DrainTimes): Promise<void>;
};

export function createGateway(options: GatewayOptions): Gateway {
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
    clientOf: composeClientAddress(settings.TRUSTED_PROXIES, isProxy),
    mount: (app) => mountDoor(app, options, listener.stopping),
  });
  return {
    listen: () => listener.listen(edge),
    drain: (times) => listener.drain({ lingerMs: 500, ...times }),
  };
}

function mountDoor(app: Application, options: GatewayOptions, stopping: AbortSignal): void {
  const { settings, routes, contracts, isReady, version = '0.1.0' } = options;
  app.use(securityHeaders());
  if (settings.CORS_ORIGINS.length > 0) app.use(allowOrigins(settings.CORS_ORIGINS));
  if (settings.RATE_LIMIT !== undefined) {
    const count = createRateLimit('network', settings.RATE_LIMIT);
    app.use(limitNetworks(count, (response) => exchangeOf(response).client));
  }
  mountRoutes(app, routes, doorOf(options, stopping));
  const info = { title: 'Seamline', version, description };
  servePages(app, {
    describe: () => openApiOf(routes, contracts, info),
    isUp: () => isReady() && !stopping.aborted,
  });
}

const description =
  'A shop made of modules that meet only through contracts: this page, like the API itself, is made from them.';

function doorOf(options: GatewayOptions, stopping: AbortSignal): Door {
  const { connect, clock, ids, log, heartbeatMs, settings } = options;
  const limit = settings.RATE_LIMIT;
  const policy = {
    verify: createVerifyAccessToken(publishedKeys(options), clock),
    countAccount: limit === undefined ? undefined : createRateLimit('account', limit),
    limited: limit !== undefined,
  };
  const admission = (route: Route) => composeAdmission(route, policy);
  const caller = gateway.name;
  return { caller, connect, admission, clock, ids, log, stopping, heartbeatMs };
}

/** The keys of access tokens, from the module that signs them. */
function publishedKeys({ connect, clock, log }: GatewayOptions): SigningKeys {
  const call = users.calls.getSigningKeys;
  const getSigningKeys = connect(call);
  return createSigningKeys(async () => {
    const ctx = createContext({
      caller: gateway.name,
      actor: { kind: 'anyone' },
      key: '',
      trace: newTrace(),
      deadline: clock.now() + keysWithinMs,
      clock,
      log,
      gone: undefined,
    });
    return (await getSigningKeys(ctx, {})) as OutputOf<typeof call>;
  }, clock);
}

const keysWithinMs = 5_000;
