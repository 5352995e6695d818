import { makeDataDir } from '#kernel/config/data-dir';
import { hostSettings, moduleDatabaseSetting } from '#kernel/config/host-settings';
import { type Environment, readSettings } from '#kernel/config/read-settings';
import type { SettingsOf } from '#kernel/config/settings';
import { type Host, openHost } from '#kernel/host/host';
import { createOperator, internalPort, type Operator } from '#kernel/http/operator';
import { readinessOf } from '#kernel/http/progress';
import { callsOfRoutes } from '#kernel/http/route';
import { createLogger } from '#kernel/log';
import { createMetrics, type Metrics } from '#kernel/metrics';
import type { ModuleDefinition } from '#kernel/module';
import type { Logger } from '#kernel/ports/logger';
import { systemClock, systemIds } from '#kernel/system-clock';

import { catalogModule } from './modules/catalog/module.ts';
import { createGateway, type Gateway, gatewayModule } from './modules/gateway/module.ts';
import { inventoryModule } from './modules/inventory/module.ts';
import { notificationsModule } from './modules/notifications/module.ts';
import { ordersModule } from './modules/orders/module.ts';
import { paymentsModule } from './modules/payments/module.ts';
import { usersModule } from './modules/users/module.ts';
import { inProcessCalls } from './transports/in-process/calls.ts';
import { inProcessEvents } from './transports/in-process/events.ts';

/** Every module of the shop. A new one is named here, and nowhere else. */
const modules: readonly ModuleDefinition[] = [
  usersModule,
  catalogModule,
  inventoryModule,
  paymentsModule,
  ordersModule,
  notificationsModule,
];

const routes = modules.flatMap((module) => module.routes);

/** A running shop: its addresses, and its end. */
export type App = {
  /** The public door. */
  readonly url: string;
  /** The operators' listener. */
  readonly operatorUrl: string;
  /** Lets requests in flight finish, then stops and closes everything. */
  stop(): Promise<void>;
};

/**
 * Opens the whole shop in this process. Throws a `ConfigError` with everything that is wrong in the
 * environment, or a `StartError` when a port, a folder or a store can't be had.
 */
export async function openApp(environment: Environment): Promise<App> {
  const settings = readAll(environment);
  const log = createLogger(settings.own.LOG_LEVEL);
  const metrics = createMetrics();
  makeDataDir(settings.own.DATA_DIR);
  const host = await openModules(settings, log);
  const gateway = openDoor(settings.gateway, host, log, metrics);
  const operator = openOperator(settings, host, log, metrics);
  const stop = async () => {
    operator.unready();
    await gateway.drain();
    await host.stop();
    await operator.drain();
  };
  try {
    await host.start();
    const { url: operatorUrl } = await operator.listen();
    const { url } = await gateway.listen();
    return { url, operatorUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type GatewaySettings = Parameters<typeof createGateway>[0]['settings'];

type AllSettings = {
  readonly own: SettingsOf<typeof hostSettings>;
  readonly gateway: GatewaySettings;
  readonly databases: Readonly<Record<string, URL | undefined>>;
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

function readAll(environment: Environment): AllSettings {
  const names = modules.map(({ contract }) => contract.name);
  const databases = Object.fromEntries(names.map(moduleDatabaseSetting));
  const ofModules = Object.fromEntries(modules.map((one) => [one.contract.name, one.settings]));
  const owners = { own: hostSettings, gateway: gatewayModule.settings, databases };
  const read = readSettings(environment, { ...ofModules, ...owners });
  return {
    own: read.own as AllSettings['own'],
    gateway: read.gateway as GatewaySettings,
    databases: read.databases as AllSettings['databases'],
    modules: read,
  };
}

function openModules(settings: AllSettings, log: Logger): Promise<Host> {
  const { own, databases } = settings;
  return openHost({
    definitions: modules,
    settings: settings.modules,
    databaseOf: (module) => databases[moduleDatabaseSetting(module)[0]] ?? own.DATABASE_URL,
    poolSize: own.POOL_SIZE,
    dataDir: own.DATA_DIR,
    calls: inProcessCalls(),
    events: inProcessEvents(),
    clock: systemClock,
    ids: systemIds,
    log,
    granted: { gateway: callsOfRoutes(routes) },
  });
}

function openOperator(settings: AllSettings, host: Host, log: Logger, metrics: Metrics): Operator {
  const { own, gateway } = settings;
  return createOperator({
    port: internalPort(own.INTERNAL_PORT, gateway.PORT),
    bind: own.INTERNAL_BIND,
    dataDir: own.DATA_DIR,
    token: own.OPERATOR_TOKEN,
    modules: host.modules,
    readiness: readinessOf(host.modules, systemClock),
    metrics,
    log: log.child({ module: 'operator' }),
  });
}

function openDoor(settings: GatewaySettings, host: Host, log: Logger, metrics: Metrics): Gateway {
  return createGateway({
    settings,
    routes,
    contracts: modules.map(({ contract }) => contract),
    connect: ({ contract, name }) => host.connect('gateway', contract, name),
    clock: systemClock,
    ids: systemIds,
    log: log.child({ module: 'gateway' }),
    metrics,
    isReady: () => true,
  });
}
