import { makeDataDir, refuseUnfinishedRestore } from '#kernel/config/data-dir';
import type { Environment } from '#kernel/config/read-settings';
import { type Host, type HostParts, openHost } from '#kernel/host/host';
import { createOperator, internalPort, type Operator } from '#kernel/http/operator';
import { readinessOf } from '#kernel/http/progress';
import { callsOfRoutes } from '#kernel/http/route';
import { createLogger } from '#kernel/log';
import { createMetrics, type Metrics } from '#kernel/metrics';
import type { ModuleDefinition } from '#kernel/module';
import type { CallTransport } from '#kernel/ports/call-transport';
import type { Logger } from '#kernel/ports/logger';
import { systemClock, systemIds } from '#kernel/system-clock';
import type { RunningTelemetry } from '#kernel/telemetry/running-telemetry';
import { startTelemetry } from '#kernel/telemetry/start-telemetry';

import { type AppSettings, placeable, publicPortOf, readAppSettings } from './app-settings.ts';
import { type Carriers, openCarriers } from './carriers.ts';
import { analyticsModule } from './modules/analytics/module.ts';
import { catalogModule } from './modules/catalog/module.ts';
import { demoModule } from './modules/demo/module.ts';
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  gatewayModule,
} from './modules/gateway/module.ts';
import { inventoryModule } from './modules/inventory/module.ts';
import { mediaModule } from './modules/media/module.ts';
import { notificationsModule } from './modules/notifications/module.ts';
import { ordersModule } from './modules/orders/module.ts';
import { paymentsModule } from './modules/payments/module.ts';
import { usersModule } from './modules/users/module.ts';

/** Every module of the shop. A new one is named here, and nowhere else. */
export const modules: readonly ModuleDefinition[] = [
  usersModule,
  mediaModule,
  catalogModule,
  inventoryModule,
  paymentsModule,
  ordersModule,
  notificationsModule,
  analyticsModule,
  demoModule,
];

/** With the door, which a topology places as it places any module. */
const everything = [...modules, gatewayModule];

/** All of it, as a topology needs to know it. */
export const placeables = everything.map((module) => placeable(module, everything));

const routes = modules.flatMap((module) => module.routes);

/** The door may make the calls that routes name, wherever it is. */
const granted = { gateway: callsOfRoutes(routes) };

/** The time of a stop, without that in which the door only waits to be seen leaving. */
const stopWithinMs = 25_000;

/** A running host: what runs in it, its addresses, and its end. */
export type App = {
  /** Its name in the topology; undefined where everything runs in one process. */
  readonly host: string | undefined;
  readonly modules: readonly string[];
  /** The public door, where it is here. */
  readonly url: string | undefined;
  /** The internal listener: other hosts, and operators. */
  readonly operatorUrl: string;
  /** After this long, whatever still runs may be given up: its work resumes at the next start. */
  readonly stopsWithinMs: number;
  /** Lets requests in flight finish, then stops and closes everything. */
  stop(): Promise<void>;
};

/** What tests do to a host, to prove what holds in every topology. */
export type AppOptions = Pick<HostParts, 'wrap'> & {
  /** Stands before every call of this host's modules and door. */
  readonly throughout?: (calls: CallTransport) => CallTransport;
  /** Shorter times of the door, so that nobody has to wait for what they limit. */
  readonly door?: Pick<GatewayOptions, 'heartbeatMs' | 'answerWithinMs'>;
};

/**
 * Opens this process's part of the shop: all of it, or the modules that its place in a topology gives
 * it. Throws a `ConfigError` with everything that is wrong in the environment, or a `StartError` when
 * a port, a folder or a store can't be had.
 */
export async function openApp(environment: Environment, options: AppOptions = {}): Promise<App> {
  const settings = readAppSettings(environment, everything);
  const { isWhole, host: name, local } = settings.placement;
  const told = { name: isWhole ? 'seamline' : name, modules: [...local] };
  const telemetry = await startTelemetry(environment, told);
  const log = createLogger(settings.own.LOG_LEVEL, telemetry?.logLines);
  telemetry?.reportTo(log);
  const metrics = telemetry?.measuring(createMetrics()) ?? createMetrics();
  makeDataDir(settings.own.DATA_DIR);
  refuseUnfinishedRestore(settings.own.DATA_DIR);
  const carriers = await openCarriers(settings, {
    modules: everything,
    log,
    metrics,
    telemetry,
  });
  const host = await openModules(settings, { carriers, log, telemetry, options });
  const readiness = readinessOf(host.modules, systemClock);
  const ground = { host, carriers, log, metrics, telemetry, readiness };
  const operator = openOperator(settings, ground);
  let operatorUrl: string | undefined;
  const gateway = openDoor(settings, ground, { ...options.door, operatorUrl: () => operatorUrl });
  const stop = async () => {
    operator.unready();
    await carriers.leave();
    await gateway?.drain();
    await operator.leave();
    await host.stop();
    await operator.drain();
    await carriers.close();
    await telemetry?.stop();
  };
  try {
    await host.start();
    ({ url: operatorUrl } = await operator.listen());
    await carriers.begin(operatorUrl);
    const url = (await gateway?.listen())?.url;
    const stopsWithinMs = stopWithinMs + (gateway?.drainDelayMs ?? 0);
    return {
      ...{ host: isWhole ? undefined : name, modules: [...local], url, operatorUrl },
      ...{ stopsWithinMs, stop },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where each module runs, in words. */
function placesOf({ placement, databaseOf }: AppSettings): GatewayOptions['places'] {
  const { isWhole, host, local, addresses, hosts, discovery } = placement;
  const here = isWhole ? 'this process' : `host ${host}, this process`;
  const entries = modules.map(({ contract: { name } }) => {
    if (local.has(name)) {
      return [name, { place: `${here}, ${databaseOf(name) ? 'PostgreSQL' : 'SQLite'}` }];
    }
    const at = addresses.get(name)?.join(', ') ?? `an address found by ${discovery}`;
    return [name, { place: hosts.has(name) ? `host ${hosts.get(name)}` : 'another host', at }];
  });
  return Object.fromEntries(entries);
}

type Parts = Pick<Ground, 'carriers' | 'log' | 'telemetry'> & { readonly options: AppOptions };

function openModules(settings: AppSettings, parts: Parts): Promise<Host> {
  const { carriers, log, telemetry, options } = parts;
  const { own, placement } = settings;
  const { throughout, door: _, ...others } = options;
  return openHost({
    ...others,
    definitions: modules.filter(({ contract }) => placement.local.has(contract.name)),
    callers: modules,
    settings: settings.modules,
    databaseOf: settings.databaseOf,
    poolSize: own.POOL_SIZE,
    dataDir: own.DATA_DIR,
    calls: throughout ? throughout(carriers.calls) : carriers.calls,
    events: carriers.events,
    clock: systemClock,
    ids: systemIds,
    log,
    telemetry,
    granted,
  });
}

/** What both doors of a host stand on. */
type Ground = {
  readonly host: Host;
  readonly carriers: Carriers;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly telemetry: RunningTelemetry | undefined;
  readonly readiness: ReturnType<typeof readinessOf>;
};

function openOperator(settings: AppSettings, ground: Ground): Operator {
  const { own, placement } = settings;
  const { host, carriers, log, metrics, readiness } = ground;
  return createOperator({
    port: internalPort(own.INTERNAL_PORT, publicPortOf(settings)),
    bind: own.INTERNAL_BIND,
    dataDir: own.DATA_DIR,
    host: noteName(placement),
    token: own.OPERATOR_TOKEN,
    endpoints: carriers.endpoints,
    modules: host.modules,
    readiness,
    metrics,
    log: log.child({ module: 'operator' }),
  });
}

/** Hosts of one machine may share a data folder: each leaves its address there under its own name. */
function noteName({ isWhole, host, instance, instances }: AppSettings['placement']) {
  const named = isWhole ? undefined : host;
  return instances > 1 || instance > 1 ? `${host}-${instance}` : named;
}

function openDoor(
  settings: AppSettings,
  { host, log, metrics, telemetry, readiness }: Ground,
  options: Pick<GatewayOptions, 'heartbeatMs' | 'answerWithinMs' | 'operatorUrl'>,
): Gateway | undefined {
  if (!settings.placement.local.has(gatewayModule.contract.name)) return undefined;
  return createGateway({
    settings: settings.modules.gateway as GatewayOptions['settings'],
    routes,
    contracts: modules.map(({ contract }) => contract),
    connect: ({ contract, name }) => host.connect('gateway', contract, name),
    clock: systemClock,
    ids: systemIds,
    log: log.child({ module: 'gateway' }),
    metrics,
    telemetry,
    isReady: async () => (await readiness()).ready,
    places: placesOf(settings),
    ...options,
  });
}
