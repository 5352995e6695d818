import type { Grants, Wrap } from '../calls/served-contract.ts';
import type { ModuleDefinition } from '../module.ts';
import type { CallTransport, Invoke } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { openStore } from '../stores/open-store.ts';
import {
  CALLS,
  CLOCK,
  createProcessScope,
  EVENTS,
  IDS,
  LOG,
  type ProcessScope,
  token,
} from '../wiring/process.ts';
import { createGrants, type GrantedCalls } from './grants.ts';
import { kernelMigrations } from './kernel-migrations.ts';
import { createModuleRuntime, type ModuleRuntime } from './module-runtime.ts';

export type HostParts = {
  /** The modules that run here. */
  readonly definitions: readonly ModuleDefinition[];
  /** Every module that may call those of this host, wherever it runs; `definitions` without. */
  readonly callers?: readonly Pick<ModuleDefinition, 'contract' | 'calls'>[];
  /** The settings of each module, by its name. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly databaseOf: (module: string) => URL | undefined;
  readonly poolSize: number;
  readonly dataDir: string;
  readonly calls: CallTransport;
  readonly events: EventTransport;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Records the work of every module; what `calls` carries is its transport’s to record. */
  readonly telemetry?: Telemetry | undefined;
  /** Callers that are no modules of this host, with the calls that they may make. */
  readonly granted: GrantedCalls;
  /** Proves in tests that calls are remote-safe. */
  readonly wrap?: Wrap;
};

/** One running process and the modules in it. */
export type Host = {
  readonly modules: ReadonlyMap<string, ModuleRuntime>;
  /** The function that runs a call for a caller outside the modules, such as the gateway. */
  connect(caller: string, contract: string, call: string): Invoke;
  start(): Promise<void>;
  /** Stops the modules' own work, then closes everything in reverse order. */
  stop(): Promise<void>;
};

/** Opens every store, wires every module and connects them. Nothing runs by itself before `start`. */
export async function openHost(parts: HostParts): Promise<Host> {
  const { definitions, calls } = parts;
  const scope = composeProcess(parts);
  try {
    const runtimes = await everyOne(
      definitions.map(({ contract }) => scope.get(runtimeToken(contract.name))),
    );
    for (const runtime of runtimes) runtime.connect();
    return {
      modules: new Map(runtimes.map((runtime) => [runtime.name, runtime])),
      connect: (caller, contract, call) => calls.connect(caller, contract, call),
      async start() {
        await everyOne(runtimes.map((runtime) => runtime.start()));
        for (const runtime of runtimes) runtime.begin();
      },
      async stop() {
        await Promise.all(runtimes.map((runtime) => runtime.hush()));
        await Promise.all(runtimes.map((runtime) => runtime.quiesce()));
        await scope.close();
      },
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

/** As `Promise.all`, but fails only when all have ended, so that whatever was opened is closed. */
async function everyOne<T>(opening: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(opening);
  return await Promise.all(opening);
}

const storeToken = (module: string) => token<Store>(`store of ${module}`);
const runtimeToken = (module: string) => token<ModuleRuntime>(`module ${module}`);

function composeProcess(parts: HostParts): ProcessScope {
  const scope = createProcessScope();
  scope.provide(LOG, () => parts.log);
  scope.provide(CLOCK, () => parts.clock);
  scope.provide(IDS, () => parts.ids);
  scope.provide(
    CALLS,
    () => parts.calls,
    (transport) => transport.close(),
  );
  scope.provide(
    EVENTS,
    () => parts.events,
    (transport) => transport.close(),
  );
  const grants = createGrants(parts.callers ?? parts.definitions, parts.granted);
  const instance = parts.ids.next();
  for (const definition of parts.definitions) {
    provideStore(scope, definition, parts);
    provideRuntime(scope, definition, { ...parts, grants, instance });
  }
  return scope;
}

function provideStore(
  scope: ProcessScope,
  { contract, store }: ModuleDefinition,
  parts: HostParts,
) {
  const { databaseOf, poolSize, dataDir } = parts;
  const module = contract.name;
  const open = () =>
    openStore({
      module,
      definition: store,
      kernelMigrations,
      url: databaseOf(module),
      poolSize,
      dataDir,
      log: parts.log.child({ module }),
    });
  scope.provide(storeToken(module), open, (opened) => opened.close());
}

type RuntimeParts = HostParts & { readonly grants: Grants; readonly instance: string };

function provideRuntime(scope: ProcessScope, definition: ModuleDefinition, parts: RuntimeParts) {
  const { settings, dataDir, telemetry, grants, instance, wrap } = parts;
  const module = definition.contract.name;
  const make = async () =>
    createModuleRuntime({
      definition,
      store: await scope.get(storeToken(module)),
      settings: settings[module] ?? {},
      dataDir,
      calls: await scope.get(CALLS),
      events: await scope.get(EVENTS),
      clock: await scope.get(CLOCK),
      ids: await scope.get(IDS),
      log: (await scope.get(LOG)).child({ module }),
      telemetry,
      instance,
      grants,
      wrap,
    });
  scope.provide(runtimeToken(module), make, (runtime) => runtime.close());
}
